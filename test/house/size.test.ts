import { describe, expect, it } from 'vitest'
import { weighBundle } from '../../bench/support/weigh-bundle.ts'

/**
 * What the programs of `npm run size` may weigh: a ratchet. Who makes one smaller lowers its figures; who must
 * raise one says in the commit what for. Minified bytes are the same everywhere, gzip's may differ by a few.
 */
const most = {
  'bench/size/memory.ts': { minified: 16_980, gzip: 7_720 },
  'bench/size/idb.ts': { minified: 24_000, gzip: 10_570 },
  'bench/size/schema.ts': { minified: 2_800, gzip: 1_370 },
  'bench/size/check.ts': { minified: 3_740, gzip: 1_840 },
  'bench/size/source.ts': { minified: 26_450, gzip: 11_110 },
}

describe('the bytes of', () => {
  it.each(Object.entries(most))('%s do not grow', async (entry, bounds) => {
    const { minified, gzip, modules } = await weighBundle(entry)
    expect(modules.size).toBeGreaterThan(5)
    expect({ entry, minified, gzip }).toEqual({
      entry,
      minified: expect.toSatisfy(bytes => bytes <= bounds.minified, `<= ${bounds.minified}`),
      gzip: expect.toSatisfy(bytes => bytes <= bounds.gzip, `<= ${bounds.gzip}`),
    })
  })

  it('the push door hold no other package', async () => {
    const { modules } = await weighBundle('bench/size/memory.ts')
    expect([...modules.keys()].filter(path => path.includes('node_modules'))).toEqual([])
  })
})
