import type { Latest } from '../../shared/aggregates/latest.ts'

/** A view's state in a page: by the view's id, and by its generation once it was rebuilt. */
export type EntityStates = Map<string, Latest>

/** Entities of one page, each with its state for each view. */
export type PageState = Map<string, EntityStates>

/** An entity as text: `[entity, [[state key, [eventTime, ingestUs, partition, offset, values]], …]]`. */
export function encodeEntity(entityKey: string, states: EntityStates): string {
  const encoded: unknown[] = []
  for (const [key, { eventTime, ingestUs, partition, offset, values }] of states) {
    encoded.push([key, [eventTime, ingestUs, partition, offset, values]])
  }
  return JSON.stringify([entityKey, encoded])
}

/** A page as text: its entities' texts as a JSON array. */
export function joinEntities(texts: readonly string[]): string {
  return `[${texts.join(',')}]`
}

/** Reads a page, without the states that nobody asks for any more; throws where it is damaged. */
export function decodePage(text: string, isWanted: (stateKey: string) => boolean): PageState {
  const page: PageState = new Map()
  for (const entity of listOf(JSON.parse(text))) {
    const [entityKey, states] = listOf(entity)
    const wanted: EntityStates = new Map()
    for (const one of listOf(states)) {
      const [key, state] = listOf(one)
      if (isWanted(stringOf(key))) wanted.set(stringOf(key), latestOf(listOf(state)))
    }
    if (wanted.size > 0) page.set(stringOf(entityKey), wanted)
  }
  return page
}

function latestOf([eventTime, ingestUs, partition, offset, values]: readonly unknown[]): Latest {
  return {
    eventTime: stringOf(eventTime),
    ingestUs: integerOf(ingestUs),
    partition: integerOf(partition),
    offset: integerOf(offset),
    values: listOf(values),
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('A stored page holds no list where one belongs.')
}

function stringOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('A stored page holds no text where one belongs.')
}

function integerOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new TypeError('A stored page holds no integer where one belongs.')
}

/** About how many characters a state's values take as text; nested ones are written out to know. */
export function weightOf(values: readonly unknown[]): number {
  let weight = 0
  for (const value of values) {
    if (typeof value === 'string') weight += value.length + 3
    else if (typeof value === 'object' && value !== null) weight += JSON.stringify(value).length + 1
    else weight += 8
  }
  return weight
}
