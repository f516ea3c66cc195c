import { foldLatest, type Latest } from '../../shared/aggregates/latest.ts'
import { limits } from '../../shared/limits.ts'
import { murmur3 } from '../../shared/murmur3.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import { slotCount } from './entity-key.ts'
import {
  encodeEntities,
  type Marks,
  type PageState,
  type ShardStatements,
} from './shard-statements.ts'

/** A page this large is split: the entities of every slot spread over twice the pages. */
const maxEntitiesPerPage = 64
/** Spreading stops here: entities that still share a page have the same hash. */
const maxPagesPerSlot = 65_536

interface Page {
  readonly slot: number
  readonly page: number
  folded: Marks
  readonly entities: PageState
}

export interface EntityPages {
  /** Folds a record into a view's state of its entity, unless the page has folded that offset already. */
  fold(entityKey: string, viewId: string, partition: string, next: Latest): void
  get(entityKey: string, viewId: string): Latest | undefined
  /** Writes what changed since the last `settle` under the given marks; part of the caller's transaction. */
  write(marks: Marks): void
  /** Takes what was written as stored, once the transaction has ended. */
  settle(): void
  /** Forgets the pages of slots that are no longer owned; all of them are written. */
  dropForeign(): void
  readonly pagesPerSlot: () => number
}

/** The entities of a shard in pages: a slot's entities, some tens to a page, all in memory for now. */
export function createEntityPages(
  statements: ShardStatements,
  storedPagesPerSlot: number,
  owns: (slot: number) => boolean = () => true,
): EntityPages {
  let pagesPerSlot = storedPagesPerSlot
  let pages = new Map<number, Page>()
  let changed = new Set<Page>()
  let respread = false

  const placeOf = (entityKey: string) => {
    const hash = murmur3(entityKey)
    const slot = hash & (slotCount - 1)
    const page = (hash >>> 8) & (pagesPerSlot - 1)
    return { slot, page, at: page * slotCount + slot }
  }
  const pageFor = (entityKey: string): Page => {
    const { slot, page, at } = placeOf(entityKey)
    const known = pages.get(at)
    if (known !== undefined) return known
    const created: Page = { slot, page, folded: {}, entities: new Map() }
    pages.set(at, created)
    return created
  }
  for (const { slot, page, folded, entities } of statements.pages()) {
    pages.set(page * slotCount + slot, { slot, page, folded, entities })
  }

  const spread = () => {
    const old = pages
    pagesPerSlot *= 2
    pages = new Map()
    for (const { folded, entities } of old.values()) {
      for (const [entityKey, views] of entities) {
        const page = pageFor(entityKey)
        page.folded = folded
        page.entities.set(entityKey, views)
      }
    }
    changed = new Set(pages.values())
    respread = true
  }

  const encodeChanged = () =>
    [...changed].map(page => ({ page, text: encodeEntities(page.entities) }))
  // A single entity cannot be spread any further.
  const isTooLarge = ({ page, text }: { page: Page; text: string }) =>
    page.entities.size > 1 && utf8Length(text) > limits.maxRowBytes

  return {
    fold(entityKey, viewId, partition, next) {
      if (!owns(placeOf(entityKey).slot)) return
      const page = pageFor(entityKey)
      if (next.offset <= (page.folded[partition] ?? -1)) return
      const views = page.entities.get(entityKey) ?? new Map<string, Latest>()
      views.set(viewId, foldLatest(views.get(viewId), next))
      page.entities.set(entityKey, views)
      changed.add(page)
      if (page.entities.size > maxEntitiesPerPage && pagesPerSlot < maxPagesPerSlot) spread()
    },
    get: (entityKey, viewId) =>
      pages.get(placeOf(entityKey).at)?.entities.get(entityKey)?.get(viewId),
    write(marks) {
      let texts = encodeChanged()
      while (texts.some(isTooLarge) && pagesPerSlot < maxPagesPerSlot) {
        spread()
        texts = encodeChanged()
      }
      if (respread) statements.dropPages()
      for (const { page, text } of texts) {
        page.folded = marks
        statements.writePage(page.slot, page.page, marks, text)
      }
    },
    settle() {
      changed = new Set()
      respread = false
    },
    dropForeign() {
      for (const [at, { slot }] of pages) if (!owns(slot)) pages.delete(at)
    },
    pagesPerSlot: () => pagesPerSlot,
  }
}
