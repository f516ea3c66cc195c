import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  appliedSchema,
  historySchema,
  historyVersionSchema,
  planSchema,
  workspaceEntrySchema,
  workspaceListSchema,
} from '../../../client/workspace/plan-schemas.ts'
import type {
  Applied,
  ApplyRequest,
  CreateWorkspaceRequest,
  History,
  HistoryVersion,
  Plan,
  PlannedChange,
  PlanRequest,
  RollbackRequest,
  WorkspaceList,
} from '../../../shared/plan-protocol.ts'

const change: PlannedChange = {
  action: 'recreate',
  kind: 'stream_source',
  name: 'transactions',
  consequence: 'destructive',
  reasons: ['The column amt changes its type.'],
  owner: 'ada@example.com',
  differences: [{ path: 'schema.amt.dtype', before: 'float64', after: 'int64' }],
}
const plan: Plan = {
  workspace: 'prod',
  live: true,
  plan_id: 'p1',
  version: 3,
  hash: null,
  next_hash: 'b'.repeat(64),
  changes: [change],
  refusals: [],
  warnings: [],
}

test('reads what the protocol says', () => {
  const applied: Applied = {
    workspace: 'prod',
    version: 4,
    hash: 'b'.repeat(64),
    changes: [{ action: 'create', kind: 'entity', name: 'user' }],
  }
  const entry = {
    version: 4,
    hash: 'b'.repeat(64),
    applied_at: '2026-01-04T00:25:06.000000Z',
    key_id: 'k',
    action: 'apply',
    changes: [{ action: 'create', kind: 'entity', name: 'user' }],
  }
  const history: History = { applies: [entry] }
  const version: HistoryVersion = { ...entry, definitions: { format: 1 } }
  const list: WorkspaceList = {
    workspaces: [
      { name: 'prod', live: true, version: 0, created_at: '2026-01-04T00:25:06.000000Z' },
    ],
  }
  expect(v.parse(planSchema, plan)).toEqual(plan)
  expect(v.parse(appliedSchema, applied)).toEqual(applied)
  expect(v.parse(historySchema, history)).toEqual(history)
  expect(v.parse(historyVersionSchema, version)).toEqual(version)
  expect(v.parse(workspaceListSchema, list)).toEqual(list)
  expect(v.parse(workspaceEntrySchema, list.workspaces[0])).toEqual(list.workspaces[0])
})

test('refuses a plan of which it cannot show everything', () => {
  const newer = { ...plan, changes: [{ ...change, action: 'upgrade' }] }
  expect(v.is(planSchema, newer)).toBe(false)
  expect(v.is(planSchema, { ...plan, changes: [{ ...change, reasons: undefined }] })).toBe(false)
})

test('types what is sent', () => {
  const asked: PlanRequest = { protocol: 1, definitions: {} }
  const bodies: readonly [ApplyRequest, ApplyRequest, RollbackRequest, CreateWorkspaceRequest] = [
    { protocol: 1, plan_id: 'p1' },
    { ...asked, expected_hash: null },
    { protocol: 1, version: 2, dry_run: true },
    { protocol: 1, live: false },
  ]
  expect(bodies.every(({ protocol }) => protocol === 1)).toBe(true)
})
