import type { FeatureReading } from '../client/workspace/feature-reading.ts'
import { printable } from './printable.ts'
import { renderColumns } from './render-columns.ts'
import { renderExactJson } from './render-exact-json.ts'

/** Lists an entity's features as a table, one line each; numbers have their exact digits. */
export function renderFeatures({
  values,
  statuses,
  effectiveTimes,
}: FeatureReading<Record<string, unknown>>): string {
  return renderColumns([
    ['FEATURE', 'VALUE', 'STATUS', 'EFFECTIVE TIME'],
    ...Object.entries(values).map(([name, value]) =>
      [name, textOf(value), statuses[name] ?? '', effectiveTimes[name] ?? ''].map(printable),
    ),
  ])
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'bigint'
    ? `${value}`
    : renderExactJson(value)
}
