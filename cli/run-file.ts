import { link, readFile, unlink } from 'node:fs/promises'
import * as v from 'valibot'
import { CliError, hasCode } from './cli-error.ts'
import { endProcess, isSameProcess, noteProcess, type ProcessNote } from './process-note.ts'
import { writeFileSafely } from './write-file-safely.ts'

const noteSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  startTime: v.string(),
})
const runSchema = v.object({ format: v.literal(1), node: noteSchema, workerd: v.array(noteSchema) })
type Run = v.InferOutput<typeof runSchema>

/** The claim of one running program on a state folder. */
export interface RunFile {
  /** Pids of orphans of a killed run that were ended when the claim was made. */
  readonly ended: readonly number[]
  /** Notes the workerd processes that must not outlive this program. */
  readonly noteWorkerd: (workerd: readonly ProcessNote[]) => Promise<void>
  /** Gives the claim up. */
  readonly release: () => Promise<void>
}

/**
 * Claims what lies beside a run file for this program, e.g. a state folder by its `run.json`.
 * A noted Node process that still runs holds the claim: refused with `sentence`. Where only its workerd
 * survived, that orphan is ended. A pid that another program has been given since is never touched.
 */
export async function claimRunFile(
  path: string,
  sentence = 'A gateway already runs on this state folder',
): Promise<RunFile> {
  const self = await noteProcess(process.pid)
  if (self === undefined) throw new CliError('The start time of this process cannot be read.')
  const ended: number[] = []
  while (!(await tryCreate(path, { format: 1, node: self, workerd: [] }))) {
    const earlier = await readRun(path)
    if (earlier !== undefined && (await isSameProcess(earlier.node)))
      throw heldClaim(path, earlier, sentence)
    for (const note of earlier?.workerd ?? []) if (await endProcess(note)) ended.push(note.pid)
    await unlink(path).catch(ignoreMissing)
  }
  return {
    ended,
    noteWorkerd: workerd =>
      writeFileSafely(path, render({ format: 1, node: self, workerd: [...workerd] })),
    release: () => unlink(path).catch(ignoreMissing),
  }
}

/** A link is made only where no file has the name: of two programs that start at once, one gets it. */
async function tryCreate(path: string, run: Run): Promise<boolean> {
  const draft = `${path}.${process.pid}`
  await writeFileSafely(draft, render(run))
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await unlink(draft)
  }
}

/** Gives nothing for a file that is gone or that no version of this program wrote. */
async function readRun(path: string): Promise<Run | undefined> {
  try {
    return v.parse(runSchema, JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

function heldClaim(path: string, run: Run, sentence: string): CliError {
  return new CliError(
    `${sentence} (process ${run.node.pid}, noted in ${path}). Stop that one first, with Ctrl-C in its terminal.`,
  )
}

function render(run: Run): string {
  return `${JSON.stringify(run)}\n`
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error
}
