import { messageFormat } from '../../gateway/contracts/message.ts'
import { isRecord } from '../../gateway/is-record.ts'
import type { SqlRow, SqlValue, Storage } from '../../gateway/ports.ts'
import type { Actor } from './actor.ts'
import type { SeededRandom } from './seeded-random.ts'

/**
 * Which version of the gateway an object or Worker runs in its present life. `older` writes rows of format 1
 * and refuses to open newer ones; `newer` speaks the next format of messages. What they have in common with
 * the present version, which is nearly all, is the present version's code.
 */
export type Version = 'older' | 'present' | 'newer'

const olderRowFormat = 1
const olderPageFormat = 2
const rowDigests = /,"bodyCrc":\d+,"crc":\d+\}$/
const formatOfRow = /^\{"format":(\d+),/

/**
 * Storage as the version before used it: rows without digests; those of a newer format stop it loudly, and so do
 * pages that hold pieces of entities.
 */
export function olderStorage(storage: Storage): Storage {
  return {
    ...storage,
    sql(statement: string, ...parameters: readonly SqlValue[]): readonly SqlRow[] {
      if (statement.startsWith('INSERT INTO segment_')) {
        return storage.sql(statement, ...parameters.map(olderHeader))
      }
      const rows = storage.sql(statement, ...parameters)
      if (statement.includes('FROM pages') && rows.some(isNewerPage)) {
        throw new Error('A newer gateway wrote this page.')
      }
      if (!statement.includes('FROM segment_')) return rows
      for (const { header } of rows) {
        const [, format = '0'] = formatOfRow.exec(String(header)) ?? []
        if (Number(format) > olderRowFormat) {
          throw new Error(`A stored row has format ${format} and this version reads 1.`)
        }
      }
      return rows
    },
  }
}

function isNewerPage({ format }: SqlRow): boolean {
  return Number(format) > olderPageFormat
}

function olderHeader(value: SqlValue): SqlValue {
  if (typeof value !== 'string' || !rowDigests.test(value)) return value
  return value.replace(rowDigests, '}').replace(formatOfRow, `{"format":${olderRowFormat},`)
}

/** A message as the version of its sender writes it, and as that of its receiver reads it. */
export function inFormatsOf(message: unknown, from: Version, to: Version): unknown {
  if (from !== 'newer' || to === 'newer' || !isRecord(message)) return message
  return { ...message, format: messageFormat + 1 }
}

/** For a while another version is deployed beside the present one: whoever starts may run either. */
export interface Deploy {
  versionOf(actor: Actor): Version
  /** An actor starts a life, in one of the versions deployed. */
  start(actor: Actor): Version
  begin(other: Version): void
  end(): void
}

export function createDeploy(random: SeededRandom): Deploy {
  let other: Version = 'present'
  /** Each life of an actor runs one version. */
  const running = new WeakMap<Actor, { readonly life: number; readonly version: Version }>()
  return {
    versionOf(actor) {
      const known = running.get(actor)
      return known?.life === actor.life ? known.version : 'present'
    },
    start(actor) {
      const version = other !== 'present' && random() < 0.5 ? other : 'present'
      running.set(actor, { life: actor.life, version })
      return version
    },
    begin(version) {
      other = version
    },
    end() {
      other = 'present'
    },
  }
}

/** Starts everything anew, as a deploy does; `share` of it at once. */
export function restartForDeploy(
  random: SeededRandom,
  { objects }: { readonly objects: ReadonlyMap<string, Actor> },
  workers: readonly Actor[],
  share = 1,
): void {
  for (const actor of [...objects.values(), ...workers]) {
    if (random() < share) actor.crash()
  }
}
