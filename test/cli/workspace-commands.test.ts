import { expect, test } from 'vitest'
import type { History } from '../../shared/plan-protocol.ts'
import { applied, conflict, hash, plan, run } from './support/planning-gateway.ts'

test('rollback plans, asks and applies that plan', async () => {
  const answers = { 'POST /prod/rollback': plan, 'POST /prod/apply': applied }
  const { exitCode, output, asked } = await run(['rollback', '2', '-y'], answers)
  expect(exitCode).toBe(0)
  expect(output).toContain('Workspace prod is now at version 4')
  expect(asked.map(({ body }) => body)).toEqual([
    { protocol: 1, version: 2, dry_run: true },
    { protocol: 1, plan_id: 'p7' },
  ])
})

test('history lists versions, or prints one', async () => {
  const entry = (version: number, action: string) => ({
    version,
    hash,
    applied_at: '2026-01-04T00:25:06.000000Z',
    key_id: 'k1',
    action,
    changes: ['a', 'b', 'c', 'd', 'e\n'].map(name => ({ action: 'create', kind: 'entity', name })),
  })
  const listed: History = { applies: [entry(12, 'rollback'), entry(1, 'apply')] }
  const answers = {
    'GET /prod/history': listed,
    'GET /prod/history/12': { ...entry(12, 'apply'), definitions: { format: 1 } },
  }
  expect((await run(['history'], answers)).output).toBe(
    `VERSION  APPLIED AT                   ACTION    KEY  CHANGES
12       2026-01-04T00:25:06.000000Z  rollback  k1   create entity a, create entity b, create entity c, create entity d, 1 more
1        2026-01-04T00:25:06.000000Z  apply     k1   create entity a, create entity b, create entity c, create entity d, 1 more
`,
  )
  expect(JSON.parse((await run(['history', '--json'], answers)).output)).toEqual(listed)
  expect((await run(['history', '12'], answers)).output).toBe('{\n  "format": 1\n}\n')
  const older = { 'GET /prod/history?limit=1&before=12': { applies: [entry(1, 'apply')] } }
  const one = await run(['history', '--limit', '1', '--before', '12', '--json'], older)
  expect(JSON.parse(one.output)).toEqual({ applies: [entry(1, 'apply')] })
  const none = await run(['history'], { 'GET /prod/history': { applies: [] } })
  expect(none.output).toBe('Nothing was applied yet.\n')
})

test('workspaces are made, listed and deleted', async () => {
  const dev = { name: 'dev', live: false, version: 0, created_at: '2026-01-04T00:25:06.000000Z' }
  const answers = {
    'PUT /dev': dev,
    'GET ': { workspaces: [dev, { ...dev, name: 'prod', live: true, version: 12 }] },
    'DELETE /dev': {},
  }
  const made = await run(['workspace', 'create', 'dev'], answers)
  expect(made.output).toBe('Workspace dev is not live: it is only declared and planned.\n')
  expect(made.asked[0]?.body).toEqual({ protocol: 1, live: false })
  const live = await run(['workspace', 'create', 'dev', '--live'], answers)
  expect(live.asked[0]?.body).toEqual({ protocol: 1, live: true })
  expect((await run(['workspace', 'list'], answers)).output).toBe(
    `NAME  LIVE  VERSION  CREATED AT
dev   no    0        2026-01-04T00:25:06.000000Z
prod  yes   12       2026-01-04T00:25:06.000000Z
`,
  )
  const asking = await run(['workspace', 'delete', 'dev'], answers, {
    isTerminal: true,
    typed: 'n\n',
  })
  expect([asking.exitCode, asking.asked]).toEqual([6, []])
  const deleted = await run(['workspace', 'delete', 'dev', '-y'], answers)
  expect([deleted.output, deleted.asked.map(({ route }) => route)]).toEqual([
    'Workspace dev is deleted.\n',
    ['DELETE /dev'],
  ])
  const protectedOne = await run(['workspace', 'delete', 'dev', '-y'], { 'DELETE /dev': conflict })
  expect([protectedOne.exitCode, protectedOne.sentence]).toEqual([
    5,
    expect.stringContaining('It moved.'),
  ])
})

test.each([
  [['rollback', 'first'], 'A version is a number'],
  [['rollback', '0'], 'A version is a number'],
  [['history', 'x'], 'A version is a number'],
  [['workspace', 'make', 'x'], 'Usage: tidegate workspace'],
  [['workspace', 'create'], 'Usage: tidegate workspace'],
  [['workspace', 'create', 'x', '--live', '--no-live'], 'not both'],
])('misuse %j is said with exit code 2', async (args, said) => {
  const { exitCode, sentence, asked } = await run(args, {})
  expect({ exitCode, sentence, asked }).toEqual({
    exitCode: 2,
    sentence: expect.stringContaining(said),
    asked: [],
  })
})
