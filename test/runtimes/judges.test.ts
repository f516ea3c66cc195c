import { describe, expect, it } from 'vitest'
import { judgePhone, type PhoneFacts } from './support/judge-phone.ts'
import { judgeRuns, type TestRun } from './support/judge-runs.ts'
import { judgeServers } from './support/run-server.ts'

const good: TestRun = {
  runtime: 'node',
  version: '1.0.0',
  files: 2,
  passed: 9,
  failed: 0,
  skipped: 0,
  errors: 0,
}
const judgeBun = (bun: Partial<TestRun>) => judgeRuns([good, { ...good, runtime: 'bun', ...bun }])

describe('judgeRuns', () => {
  it('finds nothing where each runtime passed what there is', () => {
    expect(judgeBun({})).toEqual([])
  })

  it.each<readonly [Partial<TestRun>, string]>([
    [{ passed: 8, failed: 1 }, 'bun: 1 tests failed, 0 errors outside of them.'],
    [{ errors: 1 }, 'bun: 0 tests failed, 1 errors outside of them.'],
    [{ passed: 8, skipped: 1 }, 'bun: 1 tests were skipped.'],
    [{ passed: 8 }, 'bun: 8 tests were run of 9.'],
    [{ passed: 0, files: 0 }, 'bun: 0 tests were run of 9.'],
  ])('says of %o what is wrong', (bun, sentence) => {
    expect(judgeBun(bun)).toEqual([sentence])
  })

  it('takes a run of nothing for a failure, everywhere', () => {
    const nothing = { ...good, passed: 0 }
    for (const runs of [[], [nothing], [nothing, nothing]])
      expect(judgeRuns(runs)).toEqual(['No test was run.'])
  })
})

describe('judgeServers', () => {
  const run = { runtime: 'bun', code: 0, output: '', stored: 1 }

  it('finds nothing where one record was stored, and says where none or two were', () => {
    expect(judgeServers([run])).toEqual([])
    for (const wrong of [{ stored: 0 }, { stored: 2 }, { code: 1 }])
      expect(judgeServers([run, { ...run, ...wrong }])).toHaveLength(1)
  })
})

describe('judgePhone', () => {
  const phone: PhoneFacts = {
    engine: '0.12.0',
    present: [],
    sentence: 'Import react-native-get-random-values.',
    pushed: 9,
    stored: 9,
    distinct: 9,
    kept: 1,
    statuses: { accepted: 5, duplicate: 4 },
    left: [],
    errors: [],
  }

  it('finds nothing where every record was stored once', () => {
    expect(judgePhone(phone)).toEqual([])
  })

  it.each<readonly [Partial<PhoneFacts>]>([
    [{ engine: 'not Hermes' }],
    [{ present: ['crypto'] }],
    [{ sentence: 'No sentence.' }],
    [{ stored: 8 }],
    [{ stored: 10, distinct: 9 }],
    [{ pushed: 0, stored: 0, distinct: 0 }],
    [{ kept: 0 }],
    [{ statuses: { rejected: 1 } }],
    [{ left: ['tidegate:1'] }],
    [{ errors: ['Full'] }],
  ])('says what is wrong with %o', facts => {
    expect(judgePhone({ ...phone, ...facts })).toHaveLength(1)
  })
})
