import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { hashDefinitions } from '../shared/workspace-definitions.ts'
import { CliError } from './cli-error.ts'
import { type Asked, type Said, saidSchema } from './define-protocol.ts'
import { listModules } from './list-modules.ts'
import { shownFile } from './shown-file.ts'

export interface LoadedDefinitions {
  /** Canonical JSON of the definitions. */
  readonly json: string
  readonly hash: string
  readonly files: number
  readonly objects: number
  /** Links that were not followed, as the person would name them. */
  readonly links: readonly string[]
}

export interface LoadOptions {
  /** From where the path leads; the present one unless given. */
  readonly folder?: string
  /** How long all modules may take; 30 seconds unless given. */
  readonly timeoutMs?: number
  /** Takes definitions of nothing, too. */
  readonly allowEmpty?: boolean
  readonly signal?: AbortSignal
  /** What the modules print. */
  readonly onOutput?: (text: string) => void
}

/** As source or as built: the program lies beside this file. */
const program = fileURLToPath(
  new URL(`./define-process.${/\.ts$/.test(import.meta.url) ? 'ts' : 'js'}`, import.meta.url),
)

/**
 * Imports a file, or every module of a folder, and gathers what they declare: in a process of its own, which knows no
 * key and is ended when the time is up. Throws a CliError that names the file at fault.
 */
export async function loadDefinitions(
  path: string,
  workspace: string,
  options: LoadOptions = {},
): Promise<LoadedDefinitions> {
  const { root, files, links } = await listModules(path, options.folder)
  const place = { shown: path, root }
  const asked: Asked = {
    workspace,
    ...place,
    files: [...files],
    allowEmpty: options.allowEmpty ?? false,
  }
  const { json, objects } = await define(asked, options)
  return {
    json,
    hash: await hashDefinitions(json),
    files: files.length,
    objects,
    links: links.map(link => shownFile(link, place)),
  }
}

function define(asked: Asked, options: LoadOptions): Promise<Said & { what: 'defined' }> {
  const { timeoutMs = 30_000, signal, onOutput } = options
  const { TIDEGATE_KEY: _, ...env } = process.env
  const child = fork(program, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Node's own warnings say nothing about definitions.
    env: { ...env, NODE_NO_WARNINGS: '1' },
  })
  let importing = asked.shown
  return new Promise<Said & { what: 'defined' }>((resolve, reject) => {
    const fail = (sentence: string): void => reject(new CliError(sentence))
    const timer = setTimeout(
      () =>
        fail(
          `${importing} did not come to an end within ${timeoutMs / 1_000} s. A module of definitions only declares: does it wait for something, or loop? --timeout gives it longer.`,
        ),
      timeoutMs,
    )
    child.once('exit', () => clearTimeout(timer))
    if (signal?.aborted) fail('Stopped.')
    signal?.addEventListener('abort', () => fail('Stopped.'), { once: true })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text))
    }
    child.on('message', message => {
      // A module may say things of its own over the channel.
      if (!v.is(saidSchema, message)) return
      if (message.what === 'importing') importing = shownFile(message.file, asked)
      else if (message.what === 'failed') fail(message.sentence)
      else resolve(message)
    })
    child.once('error', cause =>
      reject(new CliError(`${asked.shown} cannot be read: ${cause.message}`, { cause })),
    )
    child.once('exit', (code, end) =>
      fail(`${importing} ended the program (${end ?? `exit code ${code}`}) instead of declaring.`),
    )
    child.send(asked)
  }).finally(() => child.kill('SIGKILL'))
}
