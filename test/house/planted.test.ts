import { describe, expect, it } from 'vitest'
import { allRules } from './rules/all-rules.ts'
import { findLockedAddresses, findUnwantedWords } from './rules/project-words.ts'
import { readModules } from './support/house-rule.ts'

type Planted = readonly [files: { readonly [path: string]: string }, violations: readonly string[]]

/** For each rule, small trees that break it and what must be found in them. */
const planted: { readonly [rule: string]: readonly Planted[] } = {
  'imports run one way': [
    [
      { 'client/a.ts': "import { b } from '../gateway/b.ts'" },
      ['client/a.ts:1 client imports ../gateway/b.ts'],
    ],
    [
      { 'gateway/log/a.ts': "import type { B } from '../../client/b.ts'" },
      ['gateway/log/a.ts:1 domain imports ../../client/b.ts'],
    ],
    [{ 'shared/a.ts': "import ky from 'ky'" }, ['shared/a.ts:1 shared imports ky']],
    [
      { 'shared/a.ts': "export { b } from '../client/b.ts'" },
      ['shared/a.ts:1 shared imports ../client/b.ts'],
    ],
    [
      { 'client/a.ts': "\nconst b = await import('../cli/b.ts')" },
      ['client/a.ts:2 client imports ../cli/b.ts'],
    ],
    [
      { 'gateway/online/a.ts': "import { b } from '../routes/b.ts'" },
      ['gateway/online/a.ts:1 domain imports ../routes/b.ts'],
    ],
    [
      { 'gateway/log/a.ts': "import { parquetRead } from 'hyparquet'" },
      ['gateway/log/a.ts:1 domain imports hyparquet'],
    ],
    [
      { 'gateway/log/a.ts': "import { b } from '../platform/b.ts'" },
      ['gateway/log/a.ts:1 domain imports ../platform/b.ts'],
    ],
    [
      { 'gateway/contracts/a.ts': "import { b } from '../registry/b.ts'" },
      ['gateway/contracts/a.ts:1 seams imports ../registry/b.ts'],
    ],
    [
      { 'examples/a/b.ts': "import { c } from '../../shared/c.ts'" },
      ['examples/a/b.ts:1 examples imports ../../shared/c.ts'],
    ],
    [{ 'gateway/contracts/a.ts': "import type { B } from '../registry/b.ts'" }, []],
    [{ 'gateway/routes/a.ts': "import { b } from '../ingest/b.ts'" }, []],
  ],
  'imports name modules that exist': [
    [{ 'cli/a.ts': "import { b } from './b.ts'" }, ['cli/a.ts:1 ./b.ts']],
    [{ 'cli/a.ts': "import { b } from './b.ts'", 'cli/b.ts': '' }, []],
  ],
  'no imports form a cycle': [
    [
      { 'cli/a.ts': "import { b } from './b.ts'", 'cli/b.ts': "import { a } from './a.ts'" },
      ['cli/a.ts ⇄ cli/b.ts'],
    ],
    [
      {
        'cli/a.ts': "import { b } from './b.ts'",
        'cli/b.ts': "export { c } from './c.ts'",
        'cli/c.ts': "import { a } from './a.ts'",
      },
      ['cli/a.ts ⇄ cli/b.ts ⇄ cli/c.ts'],
    ],
    [
      { 'cli/a.ts': "import { b } from './b.ts'", 'cli/b.ts': "import type { A } from './a.ts'" },
      [],
    ],
  ],
  'no imports of types form a cycle': [
    [
      { 'cli/a.ts': "import { b } from './b.ts'", 'cli/b.ts': "import { type A } from './a.ts'" },
      ['cli/a.ts ⇄ cli/b.ts'],
    ],
  ],
  'no file has more than 250 lines': [
    [{ 'cli/a.ts': 'export const a = 1\n'.repeat(251) }, ['cli/a.ts:251 251 lines']],
    [{ 'cli/a.ts': 'export const a = 1\n'.repeat(250) }, []],
  ],
  'only the Worker and configurations export a default': [
    [{ 'cli/a.ts': 'export default 1' }, ['cli/a.ts:1 export default']],
    [{ 'gateway/worker.ts': 'export default 1', 'vitest.config.ts': 'export default 1' }, []],
  ],
  'only the doors export what others hold': [
    [
      { 'shared/fields/index.ts': "export * from './a.ts'" },
      ['shared/fields/index.ts:1 export * from ./a.ts'],
    ],
    [{ 'shared/index.ts': "export { a } from './a.ts'" }, []],
  ],
  'nothing is of type any': [
    [{ 'cli/a.ts': 'export const a = (b: any[]) => b' }, ['cli/a.ts:1 any']],
    [{ 'cli/a.ts': "export const any = 'any'" }, []],
  ],
  'data is decoded, not cast': [
    [{ 'cli/a.ts': 'export const a = (b: unknown) => b as string[]' }, ['cli/a.ts:1 as string[]']],
    [{ 'cli/a.ts': "export const a = { b: 'c', d: [] as string[] } as const" }, []],
  ],
  'modules hold no state': [
    [{ 'client/a.ts': 'let count = 0' }, ['client/a.ts:1 let']],
    [
      { 'gateway/a.ts': 'export const seen = new Map<string, number>()' },
      ['gateway/a.ts:1 new Map'],
    ],
    [{ 'shared/a.ts': 'const list: string[] = []' }, ['shared/a.ts:1 []']],
    [{ 'shared/a.ts': "const known: ReadonlySet<string> = new Set(['a'])" }, []],
    [{ 'client/a.ts': 'export function a() {\n  let b = 0\n  return b\n}' }, []],
  ],
  'only files of statements, the duties and training data say SQL': [
    [{ 'gateway/log/a.ts': "sql('DELETE FROM log_0')" }, ['gateway/log/a.ts:1 DELETE FROM log_0']],
    [
      { 'gateway/routes/a.ts': 'sql(`SELECT a, b\nFROM t`)' },
      ['gateway/routes/a.ts:1 SELECT a, b\nFROM t'],
    ],
    [{ 'gateway/log/log-statements.ts': "sql('DELETE FROM log_0')" }, []],
    [{ 'client/offline/a.ts': "sql('DELETE FROM a')" }, ['client/offline/a.ts:1 DELETE FROM a']],
    [{ 'client/offline/sql/a.ts': "sql('DELETE FROM a')" }, []],
  ],
  'only the offline folder and the platform say R2': [
    [
      { 'gateway/log/a.ts': 'export type A = (bucket: R2Bucket) => void' },
      ['gateway/log/a.ts:1 R2Bucket'],
    ],
    [{ 'gateway/platform/a.ts': 'export type A = (bucket: R2Bucket) => void' }, []],
  ],
  'only routes choose HTTP statuses': [
    [
      { 'gateway/ingest/a.ts': 'export const a = () => Response.json({})' },
      ['gateway/ingest/a.ts:1 Response.json'],
    ],
    [
      { 'gateway/log/a.ts': 'export const a = { status: 404 }' },
      ['gateway/log/a.ts:1 status: 404'],
    ],
    [{ 'gateway/log/a.ts': "export const a = { status: 'accepted' }" }, []],
  ],
  'Node is imported only by tools, tests, the offline folders and the digests of rows': [
    [
      { 'gateway/log/a.ts': "import { createHash } from 'node:crypto'" },
      ['gateway/log/a.ts:1 node:crypto'],
    ],
    [{ 'client/a.ts': "import type { Buffer } from 'node:buffer'" }, ['client/a.ts:1 node:buffer']],
    [{ 'cli/a.ts': "import { join } from 'node:path'" }, []],
  ],
  'clock, chance, timers and network come in through options and ports': [
    [{ 'client/a.ts': 'export const a = () => Date.now()' }, ['client/a.ts:1 Date.now']],
    [
      { 'gateway/log/a.ts': 'export const a = () => new Date()' },
      ['gateway/log/a.ts:1 new Date()'],
    ],
    [
      { 'gateway/ingest/a.ts': "export const a = () => fetch('x')" },
      ['gateway/ingest/a.ts:1 fetch'],
    ],
    [
      { 'shared/a.ts': 'export const a = () => crypto.randomUUID()' },
      ['shared/a.ts:1 crypto.randomUUID'],
    ],
    [{ 'client/a.ts': "export const a = ({ fetch }: B) => fetch('x')" }, []],
    [{ 'gateway/platform/a.ts': 'export const a = () => Date.now()' }, []],
  ],
}

describe.each(allRules)('$name', ({ name, check }) => {
  const cases = planted[name] ?? []

  it('finds what is planted, and nothing else', () => {
    expect(cases.length).toBeGreaterThan(0)
    for (const [files, violations] of cases) {
      expect(check(readModules(new Map(Object.entries(files))))).toEqual(violations)
    }
  })
})

describe('the words of the project', () => {
  it.each([
    ['/wo', 'rk/main is a path', 'a path of one machine'],
    ['/ho', 'me/someone/x', 'a path of one machine'],
    ['registry.np', 'mjs.org', 'the address of a package registry'],
    ['tg_ad', `min_${'a'.repeat(10)}-auto_${'b'.repeat(52)}`, 'a key'],
  ])('finds %s%s', (head, rest, why) => {
    expect(findUnwantedWords(new Map([['a.md', `one\n${head}${rest}`]]))).toEqual([`a.md:2 ${why}`])
  })

  it('finds an address in a lock file', () => {
    const line = '      "resolved": "https://example.org/a.tgz",'
    expect(findLockedAddresses(`{\n${line}\n}`)).toEqual([line])
  })
})
