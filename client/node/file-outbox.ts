import { appendFile, type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { foldLines } from '../fold-lines.ts'
import { groupBy } from '../group-by.ts'
import type { Held } from '../held-entries.ts'
import type { Outbox, OutboxEntry } from '../outbox.ts'
import { runsOf } from '../outbox-line.ts'
import { keyOf } from '../pending.ts'
import {
  type EntryStore,
  type StoredOutboxOptions,
  type StoreHost,
  storedOutbox,
} from '../stored-outbox.ts'
import { readFileLines, renderFileLine } from './file-lines.ts'
import { type FileLock, takeFileLock } from './file-lock.ts'
import { quietClock } from './quiet-clock.ts'
import { syncFolder } from './sync-folder.ts'

export interface FileOutboxOptions extends StoredOutboxOptions {
  /** The file; its folder is made if it is missing. Beside it lie `.lock`, `.draft` and `.damaged`. */
  readonly path: string
}

/** Smaller files are not worth writing anew. */
const smallBytes = 65_536
/** About what an entry takes in the file besides its text. */
const entryBytes = 120
const entriesPerLine = 500

/**
 * Gives an outbox in a file that is only ever appended to, and written anew when most of it is settled. What is
 * pushed is with the system at the end of the turn; it is on disk before it leaves. One process at a time uses
 * the file; whoever finds another one there keeps its records in memory until that one ends.
 */
export function fileOutbox({ path, clock = quietClock, ...bounds }: FileOutboxOptions): Outbox {
  return storedOutbox(host => fileStore(path, host), { clock, ...bounds })
}

interface OpenFile {
  readonly lock: FileLock
  handle: FileHandle
  bytes: number
  /** Bytes of what is not settled, roughly. */
  liveBytes: number
}

function fileStore(path: string, { clock, held, report }: StoreHost): EntryStore {
  const inFile = new Set<Held>()
  let found: readonly OutboxEntry[] = []
  let opened: OpenFile | undefined
  let turn: Promise<unknown> = Promise.resolve()

  /** One call after the other: each builds on what the one before wrote. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  async function openFile(): Promise<OpenFile> {
    if (opened) return opened
    await mkdir(dirname(path), { recursive: true })
    const lock = await takeFileLock(`${path}.lock`)
    try {
      const { lines, damaged } = readFileLines(await bytesOf(path))
      for (const bytes of damaged)
        await appendFile(`${path}.damaged`, Buffer.concat([bytes, newline]))
      if (damaged.length)
        report(`${damaged.length} damaged lines were set aside in ${path}.damaged`)
      const live = foldLines(lines).map(({ entry }) => entry)
      const known = new Map(held().map(one => [keyOf(one.entry), one]))
      found = live.filter(entry => !known.has(keyOf(entry)))
      for (const entry of live) {
        const one = known.get(keyOf(entry))
        if (one) inFile.add(one)
      }
      opened = { lock, ...(await writeAnew(live)) }
      return opened
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Replaces the file by one that holds just these entries. */
  async function writeAnew(entries: readonly OutboxEntry[]) {
    const draft = `${path}.draft`
    await rm(draft, { force: true })
    const handle = await open(draft, 'ax', 0o600)
    try {
      let bytes = 0
      for (let start = 0; start < entries.length; start += entriesPerLine) {
        const some = entries.slice(start, start + entriesPerLine)
        const text = renderFileLine({ kind: 'append', atMs: clock.now(), entries: some })
        bytes += Buffer.byteLength(text)
        await handle.appendFile(text)
      }
      await handle.sync()
      await rename(draft, path)
      await syncFolder(dirname(path))
      const liveBytes = entries.reduce((sum, entry) => sum + entry.bytes + entryBytes, 0)
      return { handle, bytes, liveBytes }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async function close({ handle, lock }: OpenFile) {
    opened = undefined
    inFile.clear()
    try {
      await handle.close()
    } finally {
      await lock.release()
    }
  }

  async function append(file: OpenFile, text: string) {
    try {
      await file.handle.appendFile(text)
      file.bytes += Buffer.byteLength(text)
    } catch (error) {
      // What is half written at the end of a file is passed over when it is opened.
      await close(file)
      throw error
    }
  }

  async function shrink(file: OpenFile) {
    const old = file.handle
    try {
      const entries = [...inFile].map(({ entry }) => entry)
      Object.assign(file, await writeAnew([...found, ...entries]))
    } catch (error) {
      // Nobody knows which of both files has the name now.
      await close(file)
      throw error
    }
    await old.close()
  }

  return {
    load: take =>
      inTurn(async () => {
        await openFile()
        for (const entry of found) inFile.add(take(entry))
        found = []
        return false
      }),
    save: (changed, checked, durable) =>
      inTurn(async () => {
        if (!changed.length && !checked.length) return
        const file = await openFile()
        if (!(await file.lock.isHeld())) {
          await close(file)
          const entries = [...held(), ...changed].map(({ entry }) => entry)
          return [...new Set(entries.map(({ producer }) => producer))]
        }
        const fresh = changed.filter(one => !inFile.has(one))
        const known = changed.filter(one => inFile.has(one))
        const entries = fresh.map(({ entry }) => entry)
        let text = ''
        if (entries.length) text += renderFileLine({ kind: 'append', atMs: clock.now(), entries })
        for (const [atMs, left] of groupBy(known, ({ entry }) => entry.attemptedAtMs))
          if (atMs !== undefined)
            text += renderFileLine({
              kind: 'attempt',
              atMs,
              runs: runsOf(left.map(({ entry }) => entry)),
            })
        if (text) await append(file, text)
        for (const one of fresh) {
          inFile.add(one)
          file.liveBytes += one.entry.bytes + entryBytes
        }
        if (durable) await file.handle.datasync()
        return
      }),
    forget: settled =>
      inTurn(async () => {
        const file = await openFile()
        const gone = settled.filter(one => inFile.has(one))
        if (!gone.length) return undefined
        const runs = runsOf(gone.map(({ entry }) => entry))
        await append(file, renderFileLine({ kind: 'settle', runs }))
        for (const one of gone) {
          inFile.delete(one)
          file.liveBytes -= one.entry.bytes + entryBytes
        }
        if (file.bytes > smallBytes && file.bytes > 4 * file.liveBytes) await shrink(file)
        return undefined
      }),
    release: () =>
      inTurn(async () => {
        if (opened) await close(opened)
      }),
  }
}

const newline = Buffer.from('\n')

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (Object(error).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
