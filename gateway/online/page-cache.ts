import type { Page } from './page.ts'

/** Pages in memory, found by the places that they hold, in the order in which they have to go. */
export interface PageCache {
  find(slot: number, at: number): Page | undefined
  add(page: Page): void
  /** Puts written pages into the place of the one that they were split out of, as young as that was. */
  replace(page: Page, pages: readonly Page[]): void
  remove(page: Page): void
  /** The page that has to go first: one that nobody opened since it was passed by. */
  oldest(): Page | undefined
  changed(): Page[]
  keep(isKept: (page: Page) => boolean): void
  /** Takes note that a page has grown. */
  grow(bytes: number): void
  bytes(): number
}

/** What an empty page takes. */
const pageBytes = 200

/** A clock: who is opened gets another chance, a changed page one more, since it costs a row. */
export function createPageCache(): PageCache {
  /** For each slot its pages by their starts. */
  const slots: Page[][] = Array.from({ length: 256 }, () => [])
  const ring = new Set<Page>()
  let bytes = 0

  /** The number of a slot's pages that start at or below a place. */
  const upTo = (pages: readonly Page[], at: number): number => {
    let low = 0
    let high = pages.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((pages[middle]?.start ?? 0) <= at) low = middle + 1
      else high = middle
    }
    return low
  }
  const pagesOf = (slot: number): Page[] => slots[slot] ?? []

  const remove = (page: Page) => {
    const pages = pagesOf(page.slot)
    const at = upTo(pages, page.start) - 1
    if (pages[at] !== page) throw new Error('A page is not where it belongs.')
    pages.splice(at, 1)
    ring.delete(page)
    bytes -= page.size + pageBytes
  }
  const add = (page: Page) => {
    const pages = pagesOf(page.slot)
    pages.splice(upTo(pages, page.start), 0, page)
    ring.add(page)
    bytes += page.size + pageBytes
  }

  return {
    find(slot, at) {
      const pages = pagesOf(slot)
      const page = pages[upTo(pages, at) - 1]
      return page !== undefined && at < page.end ? page : undefined
    },
    add,
    remove,
    replace(page, pages) {
      remove(page)
      pages.forEach(add)
    },
    oldest() {
      for (;;) {
        const [page] = ring
        if (page === undefined || page.chances <= 0) return page
        page.chances--
        ring.delete(page)
        ring.add(page)
      }
    },
    changed: () => [...ring].filter(page => page.changed),
    keep(isKept) {
      for (const page of [...ring]) if (!isKept(page)) remove(page)
    },
    grow(more) {
      bytes += more
    },
    bytes: () => bytes,
  }
}
