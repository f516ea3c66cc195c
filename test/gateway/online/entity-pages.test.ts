import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slotOf } from '../../../gateway/online/entity-key.ts'
import type { EntityPages } from '../../../gateway/online/entity-pages.ts'
import { type EntityState, isLatest } from '../../../gateway/online/entity-state.ts'
import type { FoldMarks } from '../../../gateway/online/fold-marks.ts'
import { itemKeyOf } from '../../../gateway/online/item-key.ts'
import type { PageSizes } from '../../../gateway/page-sizes.ts'
import { forgetAll, openPages, withStorage } from '../support/open-pages.ts'

function countOf(state: EntityState | undefined): number {
  return state !== undefined && isLatest(state) ? Number(state.values[0]) : 0
}

/** The items of an entity that a record changes: itself, and two pieces, which lie anywhere behind it. */
function itemsOf(entityKey: string, offset: number): readonly string[] {
  return [
    entityKey,
    itemKeyOf(entityKey, 1, (offset % 3) * 4_000),
    itemKeyOf(entityKey, 0, (offset % 7) * 500),
  ]
}

/** Room for a page or two; and for pages that grow until they are split when they are opened. */
const sizesOf: readonly PageSizes[] = [
  { cacheBytes: 700, entities: 3, bytes: 600, itemBytes: 600 },
  { cacheBytes: 9_000, entities: 1, bytes: 60, itemBytes: 60 },
]
/** Entities of two slots, so that their pages are split. */
const entityKeys = Array.from({ length: 4_000 }, (_, at) => JSON.stringify([`e${at}`]))
  .filter(key => slotOf(key) < 2)
  .slice(0, 24)

/** Folds the records (after, upTo] of a stream, as a delivery does, and moves the shard's mark. */
function deliver(
  pages: EntityPages,
  marks: FoldMarks,
  stream: string,
  entityOf: (offset: number) => string,
  upTo: number,
) {
  const position = { offset: 0, streams: [{ stream, upTo: Infinity }] }
  for (let offset = marks.of(stream) + 1; offset <= upTo; offset++) {
    position.offset = offset
    const entityKey = entityOf(offset)
    const itemKeys = itemsOf(entityKey, offset)
    const opened = pages.open(itemKeys, position) ?? []
    const next = { eventTime: '', ingestUs: 0, partition: 0, offset }
    // Counted, twice the same record is told from once.
    for (const [at, page] of opened.entries()) {
      const itemKey = itemKeys[at] ?? ''
      const change = (before: EntityState | undefined) => ({
        ...next,
        values: [countOf(before) + 1],
      })
      pages.change(page, { itemKey, change }, 'view', stream, offset)
    }
  }
  marks.live.set(stream, upTo)
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ stream: fc.nat(1), records: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.constant('checkpoint' as const) },
  { weight: 2, arbitrary: fc.constant('crash' as const) },
  { weight: 2, arbitrary: fc.nat(23) },
)

describe('the pages of entities', () => {
  it('fold every record once, whatever is written alone, split, read and lost in between', () =>
    withStorage(storage =>
      fc.assert(
        fc.property(
          fc.array(step, { maxLength: 40 }),
          fc.nat(1_000),
          fc.constantFrom(...sizesOf),
          (steps, salt, sizes) => {
            forgetAll(storage)
            const entityOf = (stream: number) => (offset: number) =>
              entityKeys[(offset * (7 + stream) + salt + ((offset * offset) % 5)) % 24] ?? ''
            let open = openPages(storage, sizes)
            const countsOf = (entity: string) => {
              const counts = new Map<string, number>()
              for (const stream of [0, 1]) {
                for (let offset = 0; offset <= open.marks.of(`s/${stream}`); offset++) {
                  if (entityOf(stream)(offset) !== entity) continue
                  for (const item of itemsOf(entity, offset)) {
                    counts.set(item, (counts.get(item) ?? 0) + 1)
                  }
                }
              }
              return counts
            }
            const check = (entity: string) => {
              const counts = countsOf(entity)
              const found = [...counts.keys()].map(
                item => [item, countOf(open.pages.get(item, 'view'))] as const,
              )
              expect(new Map(found)).toEqual(counts)
            }
            /** What was delivered before a crash is delivered again before anything is read. */
            const reach = [-1, -1]
            const catchUp = () => {
              reach.forEach((upTo, stream) => {
                deliver(open.pages, open.marks, `s/${stream}`, entityOf(stream), upTo)
              })
            }
            for (const one of steps) {
              if (one === 'checkpoint') open.checkpoint()
              else if (one === 'crash') open = openPages(storage, sizes)
              else if (typeof one === 'number') {
                catchUp()
                check(entityKeys[one] ?? '')
              } else {
                const upTo = open.marks.of(`s/${one.stream}`) + one.records
                reach[one.stream] = Math.max(reach[one.stream] ?? -1, upTo)
                deliver(open.pages, open.marks, `s/${one.stream}`, entityOf(one.stream), upTo)
              }
            }
            catchUp()
            entityKeys.forEach(check)
            open.checkpoint()
            open = openPages(storage, sizes)
            entityKeys.forEach(check)
          },
        ),
        { numRuns: 150 },
      ),
    ))
})
