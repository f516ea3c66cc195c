import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createEntityPages } from '../../gateway/online/entity-pages.ts'
import { createFoldMarks } from '../../gateway/online/fold-marks.ts'
import { foldPieces } from '../../gateway/online/fold-pieces.ts'
import { pageStatements } from '../../gateway/online/page-statements.ts'
import { readStates } from '../../gateway/online/read-states.ts'
import { shardStatements } from '../../gateway/online/shard-statements.ts'
import { viewRule } from '../../gateway/online/view-rule.ts'
import { defaultPageSizes } from '../../gateway/page-sizes.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { sqliteStorage } from './sqlite-storage.ts'

/**
 * Folds records into one shard's pages in a process whose heap is bounded, reads entities, and prints what it found:
 * `bench:features` starts it. With `--floor` a hand-written loop does the same to a Map, which holds only its totals.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    entities: { type: 'string', default: '1000' },
    days: { type: 'string', default: '30' },
    floor: { type: 'boolean', default: false },
  },
})
const events = Number(values.events)
const entities = Number(values.entities)
const spanUs = Number(values.days) * 86_400_000_000
const endUs = 1_790_000_000_000_000
const perPiece = 1_000
/** As a shard does after some seconds of load. */
const perCheckpoint = 200_000

const timeOf = (event: number) => endUs - spanUs + Math.floor((event + 1) * (spanUs / events))
/** Every entity about as often, in no order that pages would like. */
const entityOf = (event: number) => Math.imul(event, 0x9e3779b1) >>> 0
const amountOf = (event: number) => (event * 7919) % 1_000

const window = (size: number) => ({ kind: 'time', sizeMs: size * 1_000, offsetMs: 0 }) as const
const aggregate = (name: 'count' | 'sum' | 'max' | 'last', size: number) => ({
  name: `${name}_${size}`,
  column: 'amount',
  columnKind: 'int64',
  function: { name },
  window: window(size),
})
const days = spanUs / 1_000_000
const aggregates = [
  aggregate('count', days),
  aggregate('sum', days),
  aggregate('max', days),
  aggregate('last', days),
  aggregate('count', 3_600),
]
const rule = viewRule(
  {
    name: 'spent',
    joinKeys: ['user'],
    timestampField: 'at',
    features: aggregates.map(({ name }) => name),
    aggregation: { keys: [], aggregates },
  },
  [],
)

const texts = function* (): Generator<{ readonly start: number; readonly text: string }> {
  for (let start = 0; start < events; start += perPiece) {
    const lines: string[] = []
    for (let event = start; event < Math.min(events, start + perPiece); event++) {
      const at = timestampOfMicros(BigInt(timeOf(event)))
      lines.push(
        `{"user":"u${entityOf(event) % entities}","at":"${at}","amount":${amountOf(event)}}`,
      )
    }
    yield { start, text: lines.join('\n') }
  }
}

/** What some entities must read as. */
const watched = new Map(
  Array.from({ length: 16 }, (_, at) => [Math.floor((at * entities) / 16), [0, 0, 0, 0, 0]]),
)
for (let event = 0; event < events; event++) {
  const totals = watched.get(entityOf(event) % entities)
  if (totals === undefined) continue
  const [count = 0, sum = 0, max = 0, , hour = 0] = totals
  const amount = amountOf(event)
  const isRecent = timeOf(event) > endUs - 3_600_000_000
  totals.splice(
    0,
    5,
    count + 1,
    sum + amount,
    Math.max(max, amount),
    amount,
    hour + Number(isRecent),
  )
}

const folder = await mkdtemp(join(tmpdir(), 'tidegate-state-'))
try {
  const result = values.floor ? foldByHand() : foldIntoPages(join(folder, 'shard.sqlite'))
  console.log(JSON.stringify(result))
} finally {
  await rm(folder, { recursive: true })
}

function foldByHand() {
  const totals = new Map<string, { count: number; sum: number; max: number; last: number }>()
  const startedMs = performance.now()
  let foldMs = 0
  for (const { text } of texts()) {
    const fromMs = performance.now()
    const records: unknown = JSON.parse(`[${text.replaceAll('\n', ',')}]`)
    for (const { user, amount } of records as { user: string; amount: number }[]) {
      const known = totals.get(user)
      if (known === undefined)
        totals.set(user, { count: 1, sum: amount, max: amount, last: amount })
      else {
        known.count++
        known.sum += amount
        known.max = Math.max(known.max, amount)
        known.last = amount
      }
    }
    foldMs += performance.now() - fromMs
  }
  return { foldMs, totalMs: performance.now() - startedMs }
}

function foldIntoPages(path: string) {
  const storage = sqliteStorage(path)
  const statements = shardStatements(storage)
  storage.transaction(statements.createTables)
  const marks = createFoldMarks({ marks: {}, backfills: {} })
  const pages = createEntityPages({
    storage,
    statements: pageStatements(storage, 1),
    sizes: defaultPageSizes,
    marks,
    isWanted: () => true,
  })
  const stream = 's/0'
  const view = { id: 'v', joinKeys: ['user'], rule, stateKey: 'v', stream }
  const checkpoint = () => {
    const written = marks.snapshot()
    storage.transaction(() => {
      pages.write()
      statements.setClean(written)
    })
    pages.settle()
    marks.settle(written)
  }
  let foldMs = 0
  let peakHeap = 0
  for (const { start, text } of texts()) {
    const fromMs = performance.now()
    const end = start + perPiece
    const folded = [{ ...view, after: start - 1, upTo: Infinity }]
    const position = { offset: start, streams: folded }
    const piece = { ingestUs: endUs + 1, version: 1, start, text }
    const fail = (_: string, offset: number, cause: unknown) => {
      throw new Error(`Event ${offset} could not be folded.`, { cause })
    }
    foldPieces(pages, folded, 0, [piece], position, { view: fail, entity: fail })
    marks.live.set(stream, end - 1)
    if (end % perCheckpoint === 0 || end >= events) checkpoint()
    foldMs += performance.now() - fromMs
    peakHeap = Math.max(peakHeap, process.memoryUsage().heapUsed)
  }
  const readMs: number[] = []
  let wrong = 0
  for (const [entity, totals] of watched) {
    const fromMs = performance.now()
    const { readings } = readStates(
      pages.get,
      [{ rule, stateKey: 'v' }],
      { keys: [JSON.stringify([`u${entity}`])] },
      endUs / 1_000,
    )
    readMs.push(performance.now() - fromMs)
    const reading = readings[0]?.[0]
    const read = reading?.status === 'present' ? reading.state.values : []
    if (
      JSON.stringify(read) !== JSON.stringify(totals[0] === 0 ? [0, null, null, null, 0] : totals)
    )
      wrong++
  }
  readMs.sort((a, b) => a - b)
  return {
    foldMs,
    wrong,
    rowsWritten: storage.rowsWritten(),
    heldBytes: pages.heldBytes(),
    peakHeapMb: peakHeap / 1e6,
    readMedianMs: readMs[readMs.length >> 1],
    readMaxMs: readMs.at(-1),
  }
}
