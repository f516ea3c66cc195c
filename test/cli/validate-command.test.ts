import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { definitionsFolder, run } from './support/planning-gateway.ts'

test('validate looks at definitions without a gateway', async () => {
  const { exitCode, output, asked } = await run(['validate', '.', '--offline'], {})
  expect(exitCode).toBe(0)
  expect(asked).toEqual([])
  expect(output).toBe(`clicks
  ✔ definition: The definition keeps every rule.
  ✔ event time: It has no event time: a data frame takes no startTime and endTime, and a feature view names a column.
  ✔ history: Source "clicks" keeps no history: logOffline is false and there is no batchConfig, so its features cannot be rebuilt or read as a data frame.
`)
})

test('validate exits with 1 where something failed, and says so as JSON', async () => {
  const folder = await definitionsFolder()
  const file = join(folder, 'clicks.ts')
  const uri = 's3://anonymous@bucket/key.pq'
  await writeFile(
    join(folder, 'more.ts'),
    `import { clicks } from './clicks.ts'
import { FileConfig, PushSource } from '${new URL('../../shared/index.ts', import.meta.url).pathname}'
export const orders = PushSource({ name: 'orders', schema: clicks.schema, batchConfig: FileConfig({ uri: '${uri}', fileFormat: 'parquet' }) })`,
  )
  const endpoint = ['--s3-endpoint', 'http://127.0.0.1:1']
  const args = ['validate', '.', '--offline', '--json', ...endpoint]
  const { exitCode, output } = await run(args, {}, { folder })
  expect(exitCode).toBe(1)
  expect(JSON.parse(output)).toMatchObject({
    sources: [
      { source: 'clicks', checks: [{ outcome: 'ok' }, { outcome: 'ok' }, { outcome: 'ok' }] },
      {
        source: 'orders',
        checks: [
          {},
          {},
          {},
          { outcome: 'failed', sentence: expect.stringContaining('cannot be reached') },
        ],
      },
    ],
  })
  expect((await run(['validate', file, '--offline'], {}, { folder })).exitCode).toBe(0)
})

test('validate holds definitions against the workspace', async () => {
  const applied = {
    workspace: 'prod',
    version: 1,
    hash: 'a'.repeat(64),
    definitions: {
      format: 1,
      name: 'prod',
      live: true,
      sources: [
        {
          name: 'Clicks',
          form: 'push_source',
          schema: [{ name: 'id', dtype: 'string', nullable: false }],
        },
      ],
      entities: [],
      featureViews: [],
      featureServices: [],
    },
  }
  const { exitCode, output } = await run(['validate', '.'], { 'GET /prod/definitions': applied })
  expect(exitCode).toBe(1)
  expect(output).toContain('✘ name: The workspace has a source "Clicks", which is the same name')
})

test('validate asks the gateway about a source that was applied', async () => {
  const source = {
    protocol: 1,
    id: 's1',
    version: 1,
    createdAt: '2026-01-04T00:25:06.000000Z',
    lastModifiedAt: '2026-01-04T00:25:06.000000Z',
    definition: {
      name: 'clicks',
      form: 'push_source',
      schema: [{ name: 'id', dtype: 'string', nullable: false }],
    },
  }
  const checks = [
    { what: 'partition 0', outcome: 'ok', sentence: 'Fine.' },
    { what: 'newest part', outcome: 'failed', sentence: 'Torn\u001b[2J.' },
  ]
  const answers = {
    'GET /prod/sources/clicks': source,
    'GET /prod/sources/clicks/validate': { protocol: 1, valid: false, checks },
  }
  const { exitCode, output } = await run(['validate', '--source', 'clicks'], answers)
  expect({ exitCode, output }).toEqual({
    exitCode: 1,
    output: 'clicks\n  ✔ partition 0: Fine.\n  ✘ newest part: Torn\\u001b[2J.\n',
  })
})

test("validate looks at an applied source's batch file, too", async () => {
  const uri = 's3://anonymous@bucket/key.pq'
  const source = {
    protocol: 1,
    id: 's1',
    version: 1,
    createdAt: '2026-01-04T00:25:06.000000Z',
    lastModifiedAt: '2026-01-04T00:25:06.000000Z',
    definition: {
      name: 'clicks',
      form: 'push_source',
      schema: [{ name: 'id', dtype: 'string', nullable: false }],
      batchConfig: { kind: 'file_config', uri, fileFormat: 'parquet' },
    },
  }
  const checks = [{ what: 'partition 0', outcome: 'ok', sentence: 'Fine.' }]
  const answers = {
    'GET /prod/sources/clicks': source,
    'GET /prod/sources/clicks/validate': { protocol: 1, valid: true, checks },
  }
  const args = ['validate', '--source', 'clicks', '--s3-endpoint', 'http://127.0.0.1:1']
  const { exitCode, output } = await run(args, answers)
  expect(exitCode).toBe(1)
  expect(output).toMatch(/✔ partition 0: Fine\.\n {2}✘ batch config: .* cannot be reached/)
})

test.each([
  [['validate'], 'Usage: tidegate validate'],
  [['validate', '.', '--source', 'x'], 'Usage: tidegate validate'],
  [['validate', '--source', 'x', '--offline'], '--source asks the gateway'],
])('misuse %j is said with exit code 2', async (args, said) => {
  const { exitCode, sentence } = await run(args, {})
  expect({ exitCode, sentence }).toEqual({ exitCode: 2, sentence: expect.stringContaining(said) })
})
