import type { ContractBed, ContractCase } from './contract-case.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)
const facts = { format: '1', start: '0', rows: '12', digest: 'ab' }
const keyOf = ({ prefix }: ContractBed) => `log/v1/${prefix}/dt=2026-01-01/hr=00/part.parquet`

export const storeCases: readonly ContractCase[] = [
  { name: 'the head of nothing', run: bed => bed.parts.head(keyOf(bed)) },
  { name: 'the bytes of nothing', run: bed => bed.parts.get(keyOf(bed)) },
  {
    name: 'a put tells size, digest and facts',
    run: bed => bed.parts.putNew(keyOf(bed), bytesOf('abc'), facts),
  },
  ...['', 'abc', 'ü€𝄞', 'a'.repeat(300_000)].map(
    (text, at): ContractCase => ({
      name: `text ${at} comes back, with its head`,
      run: async bed => {
        await bed.parts.putNew(keyOf(bed), bytesOf(text), facts)
        const back = await bed.parts.get(keyOf(bed))
        return [textOf(back) === text, await bed.parts.head(keyOf(bed))]
      },
    }),
  ),
  {
    name: 'a second put is refused and changes nothing',
    run: async bed => {
      await bed.parts.putNew(keyOf(bed), bytesOf('first'), facts)
      const second = await bed.parts.putNew(keyOf(bed), bytesOf('second'), { rows: '2' })
      const head = await bed.parts.head(keyOf(bed))
      return [second ?? 'refused', textOf(await bed.parts.get(keyOf(bed))), head]
    },
  },
  {
    name: 'a second put of the same bytes is refused too',
    run: async bed => {
      await bed.parts.putNew(keyOf(bed), bytesOf('same'), facts)
      return (await bed.parts.putNew(keyOf(bed), bytesOf('same'), facts)) ?? 'refused'
    },
  },
  {
    name: 'one of many puts at once is taken',
    run: async bed => {
      const puts = ['a', 'b', 'c'].map(text => bed.parts.putNew(keyOf(bed), bytesOf(text), facts))
      return (await Promise.all(puts)).filter(put => put !== undefined).length
    },
  },
  {
    name: 'other keys are other objects',
    run: async bed => {
      await bed.parts.putNew(`${keyOf(bed)}1`, bytesOf('1'), facts)
      const put = await bed.parts.putNew(`${keyOf(bed)}2`, bytesOf('2'), facts)
      return [put?.bytes, textOf(await bed.parts.get(`${keyOf(bed)}1`))]
    },
  },
  {
    name: 'a view of a larger buffer is stored alone',
    run: async bed => {
      await bed.parts.putNew(keyOf(bed), bytesOf('xxabcxx').subarray(2, 5), facts)
      return textOf(await bed.parts.get(keyOf(bed)))
    },
  },
  {
    name: 'what is changed after a put is not stored',
    run: async bed => {
      const bytes = bytesOf('before')
      const put = bed.parts.putNew(keyOf(bed), bytes, facts)
      await put
      bytes.fill(0)
      return textOf(await bed.parts.get(keyOf(bed)))
    },
  },
  {
    name: 'what was got may be changed',
    run: async bed => {
      await bed.parts.putNew(keyOf(bed), bytesOf('kept'), facts)
      const got = await bed.parts.get(keyOf(bed))
      got?.fill(0)
      return textOf(await bed.parts.get(keyOf(bed)))
    },
  },
  {
    name: 'no facts are no facts',
    run: async bed => {
      await bed.parts.putNew(keyOf(bed), bytesOf('abc'), {})
      return (await bed.parts.head(keyOf(bed)))?.metadata
    },
  },
  {
    name: 'the edge copy of nothing',
    run: async bed => (await bed.edge.get(bed.prefix)) ?? 'nothing',
  },
  ...['{}', '', 'ü€𝄞\n', 'a'.repeat(300_000)].map(
    (text, at): ContractCase => ({
      name: `the edge copy of text ${at}`,
      run: async bed => {
        await bed.edge.put(bed.prefix, text)
        return (await bed.edge.get(bed.prefix)) === text
      },
    }),
  ),
  {
    name: 'the edge copy of the latest put',
    run: async bed => {
      await bed.edge.put(bed.prefix, 'first')
      await bed.edge.put(bed.prefix, 'second')
      return bed.edge.get(bed.prefix)
    },
  },
  {
    name: 'edge copies of two workspaces',
    run: async bed => {
      await bed.edge.put(`${bed.prefix}-a`, 'a')
      await bed.edge.put(`${bed.prefix}-b`, 'b')
      return [await bed.edge.get(`${bed.prefix}-a`), await bed.edge.get(`${bed.prefix}-b`)]
    },
  },
]
