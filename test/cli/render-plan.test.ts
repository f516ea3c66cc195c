import { expect, test } from 'vitest'
import { objectDiffs } from '../../cli/object-diffs.ts'
import { renderPlan } from '../../cli/render-plan.ts'
import type { Plan, PlannedChange } from '../../shared/plan-protocol.ts'

const change = (overrides: Partial<PlannedChange>): PlannedChange => ({
  action: 'create',
  kind: 'stream_source',
  name: 'transactions',
  consequence: 'compatible',
  reasons: [],
  differences: [],
  ...overrides,
})
const planOf = (overrides: Partial<Plan>): Plan => ({
  workspace: 'prod',
  live: true,
  plan_id: '8d01ad78e3194a5d',
  version: 3,
  hash: 'a'.repeat(64),
  next_hash: 'b'.repeat(64),
  changes: [],
  refusals: [],
  warnings: [],
  ...overrides,
})

const everything = planOf({
  changes: [
    change({
      name: 'click_event_source',
      owner: 'pooja@tecton.ai',
      description: 'Sample Push Source for click events',
    }),
    change({
      action: 'update',
      kind: 'stream_feature_view',
      name: 'origin_latest_flight',
      consequence: 'needs_backfill',
      reasons: ['The feature distance is new.', 'Its values come from the log.'],
      differences: [
        { path: 'features.distance', before: null, after: { dtype: 'int64' } },
        { path: 'tags.release', before: 'staging', after: 'production' },
      ],
    }),
    change({
      action: 'recreate',
      name: 'flights',
      consequence: 'destructive',
      reasons: [
        'The column delay changes its type, so what is stored cannot be read as the new one.',
      ],
      differences: [
        { path: 'schema.delay.dtype', before: 'int64', after: 'string' },
        { path: 'streamConfig.partitions', before: 1, after: 2 },
        { path: 'preventDestroy', before: true, after: 'true' },
      ],
    }),
    change({
      action: 'delete',
      kind: 'feature_service',
      name: 'fraud:v1',
      owner: 'ada@example.com',
      consequence: 'destructive',
      reasons: [],
    }),
  ],
  warnings: ['Source "click_event_source" keeps no history.'],
})

test('a plan reads as a block for each change', () => {
  expect(renderPlan(everything)).toBe(
    `
↓↓↓ Plan Start ↓↓↓

  + Create Stream Source
    name:        click_event_source
    owner:       pooja@tecton.ai
    description: Sample Push Source for click events

  ~ Update Stream Feature View
    name:              origin_latest_flight
    features.distance: (none) -> {"dtype":"int64"}
    tags.release:      staging -> production
    consequence:       needs a backfill: The feature distance is new.
                       Its values come from the log.

  ~ Recreate Stream Source
    name:                    flights
    schema.delay.dtype:      int64 -> string
    streamConfig.partitions: 1 -> 2
    preventDestroy:          true -> "true"
    consequence:             destructive: The column delay changes its type, so what is stored cannot be read as the new one.

  - Delete Feature Service
    name:        fraud:v1
    owner:       ada@example.com
    consequence: destructive

↑↑↑ Plan End ↑↑↑

Warnings:
  - Source "click_event_source" keeps no history.

4 objects would change in live workspace prod (version 3).
Plan id 8d01ad78e3194a5d`.trimStart(),
  )
})

test('nothing to do is one line, and warnings are suppressed on request', () => {
  const unchanged = 'No changes: workspace prod is what the definitions declare (version 3).'
  expect(renderPlan(planOf({}))).toBe(unchanged)
  const warned = planOf({ warnings: ['A source keeps no history.'] })
  expect(renderPlan(warned)).toBe(`Warnings:\n  - A source keeps no history.\n${unchanged}`)
  expect(renderPlan(warned, { suppressWarnings: true })).toBe(unchanged)
})

test('of many sentences the first are shown, and how many there are', () => {
  const warnings = Array.from({ length: 60 }, (_, at) => `Warning ${at}.`)
  const lines = renderPlan(planOf({ warnings })).split('\n')
  expect(lines).toHaveLength(1 + 50 + 1 + 1)
  expect(lines.at(-2)).toBe('  and 10 more, which --json has')
})

test('a plan that cannot be applied says why', () => {
  const refused = planOf({
    live: false,
    changes: [change({ action: 'delete', consequence: 'destructive' })],
    refusals: ['The source "transactions" has preventDestroy.'],
  })
  expect(renderPlan(refused)).toBe(
    `
↓↓↓ Plan Start ↓↓↓

  - Delete Stream Source
    name:        transactions
    consequence: destructive

↑↑↑ Plan End ↑↑↑

This plan cannot be applied:
  - The source "transactions" has preventDestroy.

1 object would change in workspace prod (version 3).
Plan id 8d01ad78e3194a5d`.trimStart(),
  )
  expect(renderPlan(planOf({ refusals: ['No.'] }))).toBe('This plan cannot be applied:\n  - No.')
})

test('texts of definitions cannot steer the terminal', () => {
  const hostile = 'gone\u001b[2K\r\n  + Create \u202eEntity\u0007'
  const text = renderPlan(
    planOf({
      changes: [
        change({
          action: 'update',
          description: hostile,
          reasons: [hostile],
          differences: [{ path: hostile, before: hostile, after: [hostile] }],
        }),
      ],
      warnings: [hostile],
      refusals: [hostile],
    }),
  )
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(text.split('\n').filter(line => line.startsWith('  + '))).toEqual([])
  expect(text).toContain('gone\\u001b[2K\\u000d\\n')
})

test('values are told apart, exact and bounded', () => {
  const differences = [
    { path: 'a', before: '', after: ' x' },
    { path: 'b', before: 9007199254740993n, after: '9007199254740993' },
    { path: 'c', before: 'x'.repeat(1_000), after: '(none)' },
    { path: 'd', before: false, after: 'x' },
  ]
  const lines = renderPlan(planOf({ changes: [change({ action: 'update', differences })] }))
  expect(lines).toContain('a:           "" -> " x"')
  expect(lines).toContain('b:           9007199254740993 -> "9007199254740993"')
  expect(lines).toContain(`c:           ${'x'.repeat(240)}… -> "(none)"`)
  expect(lines).toContain('d:           false -> x')
})

test('scripts get the form that they know', () => {
  expect(objectDiffs(everything)).toEqual({
    objectDiffs: [
      {
        transitionType: 'CREATE',
        objectMetadata: {
          name: 'click_event_source',
          objectType: 'DATA_SOURCE',
          owner: 'pooja@tecton.ai',
          description: 'Sample Push Source for click events',
        },
      },
      {
        transitionType: 'UPDATE',
        objectMetadata: {
          name: 'origin_latest_flight',
          objectType: 'FEATURE_VIEW',
          owner: '',
          description: '',
        },
      },
      {
        transitionType: 'RECREATE',
        objectMetadata: { name: 'flights', objectType: 'DATA_SOURCE', owner: '', description: '' },
      },
      {
        transitionType: 'DELETE',
        objectMetadata: {
          name: 'fraud:v1',
          objectType: 'FEATURE_SERVICE',
          owner: 'ada@example.com',
          description: '',
        },
      },
    ],
    planId: '8d01ad78e3194a5d',
  })
})
