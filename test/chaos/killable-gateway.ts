import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface KillableGateway {
  /** Starts the process; resolves when the gateway answers. */
  start(): Promise<void>
  /** Ends Node and workerd at once, as a power cut does. */
  kill(): Promise<void>
}

/** A gateway whose whole process group can be killed and started again on the same state. */
export function killableGateway(args: readonly string[], url: string): KillableGateway {
  const program = fileURLToPath(new URL('gateway-process.ts', import.meta.url))
  let child: ChildProcess | undefined
  // Nothing outlives this process, however it ends.
  process.on('exit', () => {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  })

  const answers = async (): Promise<boolean> => {
    try {
      return (await fetch(`${url}/health`)).ok
    } catch {
      return false
    }
  }
  return {
    async start() {
      if (await answers()) throw new Error(`Something else serves ${url}; choose another --port.`)
      // A group of its own: killing Node alone would leave workerd serving the port.
      child = spawn(process.execPath, ['--no-warnings', program, ...args], {
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore'],
      })
      const started = child
      while (!(await answers())) {
        if (started.exitCode !== null) throw new Error('The gateway ended before it answered.')
        await new Promise(resolve => setTimeout(resolve, 25))
      }
    },
    async kill() {
      const killed = child
      child = undefined
      if (killed?.pid === undefined) return
      const ended = new Promise(resolve => killed.once('exit', resolve))
      process.kill(-killed.pid, 'SIGKILL')
      await ended
      while (await answers()) await new Promise(resolve => setTimeout(resolve, 5))
    },
  }
}
