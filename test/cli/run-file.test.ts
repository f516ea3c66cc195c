import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isSameProcess, noteProcess, type ProcessNote } from '../../cli/process-note.ts'
import { claimRunFile } from '../../cli/run-file.ts'
import { tempFolder } from './support/temp-folder.ts'

interface Child extends ProcessNote {
  readonly process: ChildProcess
}

async function spawnIdle(script = 'setInterval(() => {}, 1e6)'): Promise<Child> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up')`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const note = await noteProcess(child.pid ?? 0)
  if (note === undefined) throw new Error('The child has no note.')
  return { ...note, process: child }
}

async function spawnEnded(): Promise<ProcessNote> {
  const { pid, startTime, process: child } = await spawnIdle()
  child.kill('SIGKILL')
  await once(child, 'exit')
  return { pid, startTime }
}

async function writeRun(node: ProcessNote, workerd: readonly ProcessNote[]): Promise<string> {
  const path = join(await tempFolder(), 'run.json')
  const note = ({ pid, startTime }: ProcessNote) => ({ pid, startTime })
  await writeFile(path, JSON.stringify({ format: 1, node: note(node), workerd: workerd.map(note) }))
  return path
}

test('a first claim notes this process and is given up again', async () => {
  const path = join(await tempFolder(), 'run.json')
  const run = await claimRunFile(path)
  expect(run.ended).toEqual([])
  expect(JSON.parse(await readFile(path, 'utf8')).node).toEqual(await noteProcess(process.pid))
  await run.release()
  await expect(readFile(path)).rejects.toThrow('ENOENT')
})

test('an orphan of a killed start is ended', async () => {
  const orphan = await spawnIdle()
  const exited = once(orphan.process, 'exit')
  const run = await claimRunFile(await writeRun(await spawnEnded(), [orphan]))
  expect(run.ended).toEqual([orphan.pid])
  await exited
  await run.release()
})

test('an orphan that does not listen is ended by force', async () => {
  const orphan = await spawnIdle("process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)")
  const exited = once(orphan.process, 'exit')
  const run = await claimRunFile(await writeRun(await spawnEnded(), [orphan]))
  expect((await exited)[1]).toBe('SIGKILL')
  await run.release()
})

test('a pid that another program has been given is left alone', async () => {
  const other = await spawnIdle()
  const reused = { pid: other.pid, startTime: '1' }
  const run = await claimRunFile(await writeRun(reused, [reused]))
  expect(run.ended).toEqual([])
  expect(await isSameProcess(other)).toBe(true)
  await run.release()
})

test('a start that still runs is not disturbed', async () => {
  const running = await spawnIdle()
  const workerd = await spawnIdle()
  const path = await writeRun(running, [workerd])
  await expect(claimRunFile(path)).rejects.toThrow(
    `A gateway already runs on this state folder (process ${running.pid}, noted in ${path})`,
  )
  expect(await isSameProcess(workerd)).toBe(true)
})

test('a run file that no version wrote is replaced', async () => {
  const path = join(await tempFolder(), 'run.json')
  await writeFile(path, '{"format":1,')
  const run = await claimRunFile(path)
  await run.noteWorkerd([{ pid: 1, startTime: '2' }])
  expect(JSON.parse(await readFile(path, 'utf8')).workerd).toEqual([{ pid: 1, startTime: '2' }])
  await run.release()
})

test('of two claims at once one is refused', async () => {
  const path = join(await tempFolder(), 'run.json')
  const claims = await Promise.allSettled([claimRunFile(path), claimRunFile(path)])
  expect(claims.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})
