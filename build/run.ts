import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'

export interface Ran {
  readonly code: number
  readonly output: string
}

/** Runs a program to its end; what it says goes to the terminal, or is only gathered when `quiet`. */
export function run(
  program: string,
  args: readonly string[],
  options: {
    readonly quiet?: boolean
    readonly cwd?: string
    readonly env?: NodeJS.ProcessEnv
  } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      // The programs of npm packages run on the first Node of the path: let it be this one.
      env: { ...process.env, PATH: pathFrom(process.env.PATH), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    const gather = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
      chunks.push(chunk)
      if (!options.quiet) stream.write(chunk)
    }
    child.stdout.on('data', gather(process.stdout))
    child.stderr.on('data', gather(process.stderr))
    child.on('error', reject)
    child.on('close', code =>
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }),
    )
  })
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
