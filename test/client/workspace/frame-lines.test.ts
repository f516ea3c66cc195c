import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type FramePorts,
  type FrameReply,
  frameLines,
} from '../../../client/workspace/frame-lines.ts'
import { formatCut, type Place, parsePlace } from '../../../shared/cut.ts'

const encoder = new TextEncoder()

/** Rows of partitions, whose offsets may have gaps, each with a text of any characters. */
const someRows = fc
  .array(
    fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 3 }), text: fc.string({ unit: 'grapheme' }) }),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(partitions =>
    partitions.flatMap((rows, partition) => {
      let offset = -1
      return rows.map(({ gap, text }) => {
        offset += gap
        return { partition, offset, text }
      })
    }),
  )
type Row = { readonly partition: number; readonly offset: number; readonly text: string }

/** How an answer goes: how its bytes are cut into pieces, and after how many of them it breaks or just ends. */
const someFate = fc.record({
  piece: fc.integer({ min: 1, max: 200 }),
  bytes: fc.integer({ min: 0, max: 2_000 }),
  end: fc.constantFrom('break', 'end'),
})
type Fate = { readonly piece: number; readonly bytes: number; readonly end: string }

const lineOf = ({ text, partition, offset }: Row) =>
  JSON.stringify({ text, _partition: partition, _offset: offset })

/** A gateway that keeps to the contract, over connections with these fates and then good ones. */
function modelGateway(rows: readonly Row[], fates: readonly Fate[]) {
  const left = [...fates]
  const asked: Readonly<Record<string, string>>[] = []
  const cut = [0, 1, 2, 3].map(partition => ({
    partition,
    upTo: rows.findLast(row => row.partition === partition)?.offset ?? -1,
  }))
  async function* chunks(bytes: Uint8Array, fate: Fate | undefined): AsyncGenerator<Uint8Array> {
    const { piece = 64, end = 'end' } = fate ?? {}
    const most = Math.min(fate?.bytes ?? bytes.length, bytes.length)
    for (let at = 0; at < most; at += piece) yield bytes.slice(at, Math.min(at + piece, most))
    if (end === 'break') throw new TypeError('terminated')
  }
  const ask = async (query: Readonly<Record<string, string>>): Promise<FrameReply> => {
    asked.push(query)
    const after = query.after === undefined ? undefined : parsePlace(query.after)
    const rest = rows.filter(row => isRightOf(row, after))
    const reached = rest.length === 0 && after ? [`{"_reached":"${query.after}"}`] : []
    const lines = [...reached, ...rest.map(lineOf), `{"_end":${rest.length}}`]
    const bytes = encoder.encode(lines.map(line => `${line}\n`).join(''))
    const headers = new Headers({ 'tidegate-cut': formatCut(cut) })
    return { headers, chunks: chunks(bytes, left.shift()) }
  }
  return { ask, asked, cut: formatCut(cut) }
}

function isRightOf({ partition, offset }: Row, after: Place | undefined): boolean {
  if (after === undefined || partition > after.partition) return true
  return partition === after.partition && offset > after.offset
}

async function read(gateway: ReturnType<typeof modelGateway>): Promise<string[]> {
  const query = { source: 'texts', range: {}, columns: ['text'] }
  const lines: string[] = []
  const reading = frameLines({ ask: gateway.ask, wait: async () => {} }, query)
  for await (const some of reading) lines.push(...some)
  return lines
}

test('wherever answers break or end, the rows are the whole: none twice, none missing', () =>
  fc.assert(
    fc.asyncProperty(someRows, fc.array(someFate, { maxLength: 5 }), async (rows, fates) => {
      const gateway = modelGateway(rows, fates)
      expect(await read(gateway)).toEqual(rows.map(lineOf))
      for (const { columns, progress, cut } of gateway.asked.slice(1)) {
        expect([columns, progress, cut]).toEqual(['text,_partition,_offset', 'true', gateway.cut])
      }
    }),
    { numRuns: 500 },
  ))

test('of readings that began together, the cut of the first is read by all', async () => {
  const rows = [0, 1, 2].map(offset => ({ partition: 0, offset, text: '' }))
  const early = modelGateway(rows.slice(0, 2), [])
  const late = modelGateway(rows, [])
  const asked: (string | undefined)[] = []
  const query = { source: 'texts', range: {}, columns: ['text'], agreeOnCut: () => early.cut }
  const ask: FramePorts['ask'] = async query => {
    asked.push(query.cut)
    return query.cut === early.cut ? early.ask(query) : late.ask(query)
  }
  const lines: string[] = []
  for await (const some of frameLines({ ask, wait: async () => {} }, query)) lines.push(...some)
  expect(lines).toEqual(rows.slice(0, 2).map(lineOf))
  expect(asked).toEqual([undefined, early.cut])
})

test('tries that bring nothing are counted: a sixth in a row ends it, rows between begin anew', async () => {
  const rows = Array.from({ length: 8 }, (_, offset) => ({ partition: 0, offset, text: '' }))
  const lineBytes = lineOf({ partition: 0, offset: 0, text: '' }).length + 1
  const nothing = { piece: 64, bytes: 0, end: 'break' }
  const one = { ...nothing, bytes: lineBytes }
  const five = [nothing, nothing, nothing, nothing, nothing]
  // The first answer is the first try.
  const patient = modelGateway(rows, [...five, one, ...five, one, ...five])
  expect(await read(patient)).toHaveLength(8)
  const fates = [one, ...five, nothing]
  const failure: unknown = await read(modelGateway(rows, fates)).catch(cause => cause)
  expect(failure).toMatchObject({
    code: 'broken_off',
    resume: { cut: '0:7,1:-1,2:-1,3:-1', after: '0:0' },
  })
})
