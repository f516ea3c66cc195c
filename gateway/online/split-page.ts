import { utf8Length } from '../../shared/utf8-length.ts'
import type { PageSizes } from '../page-sizes.ts'
import { itemPlaceOf } from './item-key.ts'
import type { Page } from './page.ts'
import {
  type EntityStates,
  encodeEntity,
  hasPieces,
  heldSize,
  joinEntities,
  settleStates,
} from './page-text.ts'

/** A page as it is about to be stored. */
export interface WrittenPage {
  readonly page: Page
  readonly entities: string
}

interface EncodedEntity {
  readonly key: string
  readonly states: EntityStates
  readonly text: string
}

/** Pages with pieces are so much smaller: a record changes the newest ones alone, and all of their page is written. */
const piecesShare = 8

/**
 * A page's text, or those of the pages that it becomes where it has grown too large: each about half full,
 * cut where its entities lie, so that together they hold the same places. States that nobody asks for any
 * more are left out.
 */
export function splitPage(
  page: Page,
  sizes: Pick<PageSizes, 'entities' | 'bytes'>,
  isWanted: (stateKey: string) => boolean,
): WrittenPage[] {
  const encoded = encodeAll(page, isWanted)
  const maxBytes = encoded.some(({ states }) => hasPieces(states))
    ? sizes.bytes / piecesShare
    : sizes.bytes
  const bytes = encoded.reduce((sum, { text }) => sum + text.length + 1, 0)
  if (encoded.length <= sizes.entities && bytes <= maxBytes) {
    return [written(page, [page.start, page.end], encoded)]
  }
  const placed = encoded
    .map(one => ({ ...one, at: itemPlaceOf(one.key).at, bytes: utf8Length(one.text) + 1 }))
    .sort((a, b) => a.at - b.at)
  const pages: WrittenPage[] = []
  let { start } = page
  let chunk: EncodedEntity[] = []
  let chunkBytes = 0
  let first = -1
  let last = -1
  for (const one of placed) {
    const isFull = chunk.length >= sizes.entities / 2 || chunkBytes + one.bytes > maxBytes / 2
    // Entities of one place stay together: nothing tells them apart.
    if (isFull && chunk.length > 0 && one.at > last) {
      pages.push(written(page, [start, one.at], chunk, first === last))
      start = one.at
      chunk = []
      chunkBytes = 0
    }
    if (chunk.length === 0) first = one.at
    chunk.push(one)
    chunkBytes += one.bytes
    last = one.at
  }
  pages.push(written(page, [start, page.end], chunk, first === last))
  return pages
}

function encodeAll({ entities }: Page, isWanted: (stateKey: string) => boolean): EncodedEntity[] {
  const encoded: EncodedEntity[] = []
  for (const [key, states] of entities) {
    for (const stateKey of states.keys()) if (!isWanted(stateKey)) states.delete(stateKey)
    if (states.size === 0) entities.delete(key)
    else {
      const settled = settleStates(states)
      encoded.push({ key, states: settled, text: encodeEntity(key, settled) })
    }
  }
  return encoded
}

function written(
  { slot, ahead }: Page,
  [start, end]: readonly [number, number],
  encoded: readonly EncodedEntity[],
  isOnePlace = false,
): WrittenPage {
  const text = joinEntities(encoded.map(one => one.text))
  const entities = new Map(encoded.map(({ key, states }) => [key, states]))
  const size = heldSize(entities)
  const page = { slot, start, end, entities, size, changed: false, chances: 1, ahead }
  return {
    page: isOnePlace ? { ...page, together: entities.size } : page,
    entities: text,
  }
}
