import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applied, conflict, definitionsFolder, plan, run } from './support/planning-gateway.ts'

const planned = { 'POST /prod/plan': plan, 'POST /prod/apply': applied }
const planText = `↓↓↓ Plan Start ↓↓↓

  + Create Stream Source
    name: clicks

↑↑↑ Plan End ↑↑↑

Warnings:
  - Source "clicks" keeps no history.

1 object would change in live workspace prod (version 3).
Plan id p7
`

test('plan shows what would change, and only asks', async () => {
  const { exitCode, output, progress, asked } = await run(['plan', '.'], planned)
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: planText })
  expect(progress).toMatch(
    /^✔ Imported 1 module of \.\n✔ Collected 1 definition\n✔ Compared with workspace prod at http:\S+\n$/,
  )
  expect(asked).toEqual([
    {
      route: 'POST /prod/plan',
      body: {
        protocol: 1,
        definitions: expect.objectContaining({ format: 1, name: 'prod' }),
      },
    },
  ])
})

test('plan has exit codes for scripts', async () => {
  const nothing = { 'POST /prod/plan': { ...plan, changes: [] } }
  const refused = { 'POST /prod/plan': { ...plan, refusals: ['No.'] } }
  const detailed = ['plan', '.', '--detailed-exit-code']
  expect((await run(detailed, planned)).exitCode).toBe(3)
  expect((await run(detailed, nothing)).exitCode).toBe(0)
  expect((await run(detailed, refused)).exitCode).toBe(4)
  expect((await run(['plan', '.'], refused)).exitCode).toBe(4)
})

test('plan writes JSON for scripts, and nothing beside it', async () => {
  const folder = await definitionsFolder()
  const args = ['plan', 'clicks.ts', '--json', '--json-out', 'plan.json', '--suppress-recreates']
  const { output, progress, asked } = await run(args, planned, { folder })
  expect(JSON.parse(output)).toEqual(plan)
  expect(progress).toBe('')
  expect(asked[0]?.body).toMatchObject({ suppress_recreates: true })
  const written = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8'))
  expect(written).toMatchObject({
    objectDiffs: [{ transitionType: 'CREATE', objectMetadata: { name: 'clicks' } }],
    planId: 'p7',
    plan,
  })
})

test('apply does exactly what it showed, when a person says yes', async () => {
  const { exitCode, output, progress, asked } = await run(['apply', '.'], planned, {
    isTerminal: true,
    typed: 'y\n',
  })
  expect(exitCode).toBe(0)
  expect(output).toBe(`${planText}Workspace prod is now at version 4: 1 object changed.\n`)
  expect(progress).toContain('Are you sure you want to apply this plan to: "prod"? [y/N]> ')
  expect(asked.map(({ route }) => route)).toEqual(['POST /prod/plan', 'POST /prod/apply'])
  expect(asked[1]?.body).toEqual({ protocol: 1, plan_id: 'p7' })
})

test.each([
  ['no', 'n\n', true, 'Nothing was changed.'],
  ['nothing', '\n', true, 'Nothing was changed.'],
  ['yesterday', 'yesterday\n', true, 'Nothing was changed.'],
  ['an end of input', '', true, 'Nothing was changed.'],
  ['yes without a terminal', 'y\n', false, 'Say --yes beforehand.'],
])('apply changes nothing after %s', async (_, typed, isTerminal, said) => {
  const { exitCode, sentence, output, asked } = await run(['apply', '.'], planned, {
    typed,
    isTerminal,
  })
  expect({ exitCode, output }).toEqual({ exitCode: 6, output: planText })
  expect(sentence).toContain(said)
  expect(asked.map(({ route }) => route)).toEqual(['POST /prod/plan'])
})

test.each(['-y', '--yes'])('apply %s asks nobody', async flag => {
  const { exitCode, progress } = await run(['apply', '.', flag], planned)
  expect(exitCode).toBe(0)
  expect(progress).not.toContain('[y/N]')
})

test('apply prints as JSON what it did, or the plan where it did nothing', async () => {
  const kept = { action: 'none', kind: 'entity', name: 'user', id: 'e1' }
  const reply = { ...applied, changes: [...applied.changes, kept] }
  const answers = { ...planned, 'POST /prod/apply': reply }
  const done = await run(['apply', '.', '-y', '--json'], answers)
  expect(JSON.parse(done.output)).toEqual(applied)
  const asked = await run(['apply', '.', '--json'], answers, { isTerminal: true, typed: 'y\n' })
  expect(JSON.parse(asked.output)).toEqual(applied)
  expect(asked.progress).toMatch(/^↓↓↓ Plan Start ↓↓↓\n.*\[y\/N\]> $/s)
  const unchanged = { ...plan, changes: [] }
  const nothing = await run(['apply', '.', '--json'], { 'POST /prod/plan': unchanged })
  expect([nothing.exitCode, JSON.parse(nothing.output)]).toEqual([0, unchanged])
})

test('apply does nothing where there is nothing to do or the plan is refused', async () => {
  const nothing = await run(['apply', '.'], { 'POST /prod/plan': { ...plan, changes: [] } })
  expect(nothing.exitCode).toBe(0)
  expect(nothing.output).toContain('No changes')
  const refused = { 'POST /prod/plan': { ...plan, refusals: ['It is protected.'] } }
  const { exitCode, output, asked } = await run(['apply', '.', '-y'], refused)
  expect(exitCode).toBe(4)
  expect(output).toContain('This plan cannot be applied:\n  - It is protected.')
  expect([...nothing.asked, ...asked].map(({ route }) => route)).toEqual([
    'POST /prod/plan',
    'POST /prod/plan',
  ])
})

test('apply says by its exit code that the workspace moved', async () => {
  const moved = { ...planned, 'POST /prod/apply': conflict }
  const { exitCode, sentence } = await run(['apply', '.', '-y'], moved)
  expect(exitCode).toBe(5)
  expect(sentence).toContain('It moved.')
})

test('apply takes a plan that was made before', async () => {
  const { exitCode, output, asked } = await run(['apply', '--plan-id', 'p7', '-y'], planned)
  expect({ exitCode, output }).toEqual({
    exitCode: 0,
    output: 'Workspace prod is now at version 4: 1 object changed.\n',
  })
  expect(asked).toEqual([{ route: 'POST /prod/apply', body: { protocol: 1, plan_id: 'p7' } }])
  const asking = await run(['apply', '--plan-id', 'p7'], planned)
  expect([asking.exitCode, asking.asked]).toEqual([6, []])
})

test.each([
  [['plan'], 'Usage: tidegate plan'],
  [['plan', 'a', 'b'], 'Usage: tidegate plan'],
  [['plan', 'nowhere'], 'There is no file or folder nowhere'],
  [['plan', '.', '--timeout', '0'], '--timeout is a number of seconds'],
  [['apply', '.', '--plan-id', 'p7'], 'Usage: tidegate apply'],
  [['apply', '--plan-id', 'p7', '--suppress-recreates'], 'belongs to making a plan'],
  [['apply', '--plan-id', 'p7', '--json-out', 'x'], 'belongs to making a plan'],
])('misuse %j is said with exit code 2', async (args, said) => {
  const { exitCode, sentence, asked } = await run(args, {})
  expect({ exitCode, sentence, asked }).toEqual({
    exitCode: 2,
    sentence: expect.stringContaining(said),
    asked: [],
  })
})

test('a plan that is refused where it is applied is none that moved', async () => {
  const body = { code: 'refused_plan', title: 'x', detail: 'It declares preventDestroy.' }
  const said = await run(['apply', '--plan-id', 'p1', '--yes'], {
    'POST /prod/apply': { status: 409, body },
  })
  expect(said).toMatchObject({
    exitCode: 4,
    sentence: expect.stringContaining('It declares preventDestroy.'),
  })
})

test('an apply that got no answer does not claim that nothing changed', async () => {
  const { exitCode, sentence } = await run(['apply', '.', '--yes'], {
    'POST /prod/plan': plan,
    'POST /prod/apply': { status: 200, body: 'cut off' },
  })
  expect(exitCode).toBe(1)
  expect(sentence).toContain(
    'Whether the workspace was changed is not known: tidegate history tells.',
  )
})

test.each([
  ['unknown_workspace', 'A key knows one workspace, and tidegate workspace list names it;'],
  ['unknown_plan', 'Plan again.'],
  ['unknown_version', 'tidegate history lists the versions.'],
])('what helps against %s is said', async (code, help) => {
  const body = { code, title: 'x', detail: 'It is not there. Plan again.' }
  const { sentence } = await run(['apply', '--plan-id', 'p1', '--yes'], {
    'POST /prod/apply': { status: 404, body },
  })
  expect(sentence).toContain(help)
  expect(sentence).not.toContain('tidegate apply creates what is missing')
})
