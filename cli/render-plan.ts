import type { Consequence, Plan, PlannedChange, PlannedKind } from '../shared/plan-protocol.ts'
import { printable } from './printable.ts'
import { renderExactJson } from './render-exact-json.ts'

export interface PlanRendering {
  /** Leaves the warnings out. */
  readonly suppressWarnings?: boolean
}

const signs = { create: '+', update: '~', recreate: '~', delete: '-' } as const
const verbs = {
  create: 'Create',
  update: 'Update',
  recreate: 'Recreate',
  delete: 'Delete',
} as const
const consequences: Readonly<Record<Consequence, string>> = {
  compatible: 'compatible',
  needs_backfill: 'needs a backfill',
  destructive: 'destructive',
}
/** More of a value than this says nothing more to a reader; `--json` has all of it. */
const maxValueLength = 240
/** Of a thousand warnings nobody reads the last. */
const maxSentences = 50

/**
 * Gives a plan as the text that a person confirms: a block for each change, what speaks against the plan, and its id.
 * No line breaks or controls of the definitions' own reach the terminal. Ends without a line break.
 */
export function renderPlan(plan: Plan, { suppressWarnings = false }: PlanRendering = {}): string {
  const { workspace, version, changes, refusals, warnings, plan_id } = plan
  const said = [
    ...section('Warnings:', suppressWarnings ? [] : warnings),
    ...section('This plan cannot be applied:', refusals),
  ]
  if (changes.length === 0) {
    const unchanged = `No changes: workspace ${printable(workspace)} is what the definitions declare (version ${version}).`
    return [...said, ...(refusals.length > 0 ? [] : [unchanged])].join('\n').trimStart()
  }
  return [
    '↓↓↓ Plan Start ↓↓↓',
    ...changes.flatMap(change => ['', ...renderChange(change)]),
    '',
    '↑↑↑ Plan End ↑↑↑',
    ...said,
    '',
    `${countObjects(changes.length)} would change in ${plan.live ? 'live ' : ''}workspace ${printable(workspace)} (version ${version}).`,
    `Plan id ${printable(plan_id)}`,
  ].join('\n')
}

/** Names a kind as definitions do: `Stream Feature View`. */
export function kindTitle(kind: PlannedKind | (string & {})): string {
  return printable(kind)
    .split('_')
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ')
}

/** Counts objects: `1 object`, `2 objects`. */
export function countObjects(count: number): string {
  return `${count} ${count === 1 ? 'object' : 'objects'}`
}

function renderChange(change: PlannedChange): readonly string[] {
  const { action, kind, name, owner, description, differences, consequence, reasons } = change
  const isChanged = action === 'update' || action === 'recreate'
  const properties: (readonly [string, string])[] = [
    ['name', printable(name)],
    ...(owner === undefined ? [] : [['owner', printable(owner)] as const]),
    ...(description === undefined ? [] : [['description', printable(description)] as const]),
    ...(isChanged ? differences : []).map(
      ({ path, before, after }) =>
        [printable(path), `${renderValue(before)} -> ${renderValue(after)}`] as const,
    ),
  ]
  // A new object that needs nothing else has no consequence worth a line.
  if (action !== 'create' || consequence !== 'compatible' || reasons.length > 0) {
    const [first = '', ...more] = reasons.map(printable)
    const named = consequences[consequence]
    properties.push(['consequence', first === '' ? named : `${named}: ${first}`])
    properties.push(...more.map(reason => ['', reason] as const))
  }
  const width = Math.max(...properties.map(([label]) => label.length)) + 2
  return [
    `  ${signs[action]} ${verbs[action]} ${kindTitle(kind)}`,
    ...properties.map(([label, text]) =>
      `    ${(label === '' ? '' : `${label}:`).padEnd(width)}${text}`.trimEnd(),
    ),
  ]
}

function renderValue(value: unknown): string {
  if (value === undefined || value === null) return '(none)'
  if (typeof value === 'bigint') return String(value)
  // Text that could be taken for another value, or for nothing, keeps its quotes.
  const isPlain = typeof value === 'string' && /^[^\s"'[{(].*[^\s]$|^[^\s"'[{(\d]$/.test(value)
  const isAmbiguous = typeof value === 'string' && /^(?:true|false|null|-?\d[\d.]*)$/.test(value)
  const text = isPlain && !isAmbiguous ? value : renderExactJson(value)
  const line = printable(text)
  return line.length <= maxValueLength ? line : `${line.slice(0, maxValueLength)}…`
}

function section(title: string, sentences: readonly string[]): readonly string[] {
  if (sentences.length === 0) return []
  const more = sentences.length - maxSentences
  return [
    '',
    title,
    ...sentences.slice(0, maxSentences).map(sentence => `  - ${printable(sentence)}`),
    ...(more > 0 ? [`  and ${more} more, which --json has`] : []),
  ]
}
