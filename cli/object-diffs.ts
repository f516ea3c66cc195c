import type { Plan, PlannedChange, PlannedKind } from '../shared/plan-protocol.ts'

const objectTypes: Readonly<Record<PlannedKind, string>> = {
  stream_source: 'DATA_SOURCE',
  entity: 'ENTITY',
  stream_feature_view: 'FEATURE_VIEW',
  feature_service: 'FEATURE_SERVICE',
}
const transitions = {
  create: 'CREATE',
  update: 'UPDATE',
  recreate: 'RECREATE',
  delete: 'DELETE',
} as const

interface ObjectDiff {
  readonly transitionType: (typeof transitions)[PlannedChange['action']]
  readonly objectMetadata: {
    readonly name: string
    readonly objectType: string
    readonly owner: string
    readonly description: string
  }
}

/** Gives a plan in the form that scripts written for Tecton's `--json-out` read; absent texts are empty there. */
export function objectDiffs({ changes, plan_id }: Pick<Plan, 'changes' | 'plan_id'>): {
  readonly objectDiffs: readonly ObjectDiff[]
  readonly planId: string
} {
  return {
    objectDiffs: changes.map(({ action, kind, name, owner = '', description = '' }) => ({
      transitionType: transitions[action],
      objectMetadata: { name, objectType: objectTypes[kind], owner, description },
    })),
    planId: plan_id,
  }
}
