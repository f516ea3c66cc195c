import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'

export interface Ran {
  readonly code: number
  readonly output: string
}

/** How long what a program said last is waited for once it ended; more comes from what it left behind. */
const drainMs = 2_000

/**
 * Runs a program to its end; what it says goes to the terminal, or is only gathered when `quiet`. Whatever
 * it started and left running is ended with it: a process that kept the pipe open would be waited for
 * for ever. `signal` ends all of them at once, with code 1.
 */
export function run(
  program: string,
  args: readonly string[],
  options: {
    readonly quiet?: boolean
    readonly cwd?: string
    readonly env?: NodeJS.ProcessEnv
    readonly signal?: AbortSignal
  } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      // The programs of npm packages run on the first Node of the path: let it be this one.
      env: { ...process.env, PATH: pathFrom(process.env.PATH), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, which can be ended whole.
      detached: true,
    })
    const chunks: Buffer[] = []
    const gather = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
      chunks.push(chunk)
      if (!options.quiet) stream.write(chunk)
    }
    child.stdout.on('data', gather(process.stdout))
    child.stderr.on('data', gather(process.stderr))
    const endGroup = (signal: NodeJS.Signals) => {
      if (child.pid !== undefined) signalGroup(child.pid, signal)
    }
    const endAsAsked = (signal: NodeJS.Signals) => {
      endGroup(signal)
      process.kill(process.pid, signal)
    }
    process.once('SIGINT', endAsAsked).once('SIGTERM', endAsAsked)
    const abort = () => {
      // Asked first: a program may have to end what it started in groups of their own, as browsers are.
      endGroup('SIGTERM')
      const killed = setTimeout(endGroup, drainMs, 'SIGKILL')
      child.on('close', () => clearTimeout(killed))
    }
    options.signal?.addEventListener('abort', abort, { once: true })
    child.on('error', reject)
    child.on('exit', () => {
      process.off('SIGINT', endAsAsked).off('SIGTERM', endAsAsked)
      const drained = setTimeout(() => {
        endGroup('SIGKILL')
        child.stdout.destroy()
        child.stderr.destroy()
      }, drainMs)
      child.on('close', () => clearTimeout(drained))
    })
    child.on('close', code =>
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }),
    )
  })
}

/** Tells a process and all that it started; says nothing when they have ended already. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause
  }
}

/** Runs a program and gives what it said; throws all of that when it fails. */
export async function runOrThrow(...call: Parameters<typeof run>): Promise<string> {
  const [program, args, options] = call
  const { code, output } = await run(program, args, { ...options, quiet: true })
  if (code === 0) return output
  throw new Error(`${program} ${args.join(' ')} ended with code ${code}:\n${output}`)
}

function pathFrom(path: string | undefined): string {
  return [dirname(process.execPath), path].join(delimiter)
}
