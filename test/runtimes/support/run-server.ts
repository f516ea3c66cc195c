import { run } from '../../../build/run.ts'
import { openShop } from '../../package/support/open-shop.ts'
import type { Engine } from './engines.ts'

/** What the server's program of docs/client.md came to in one runtime. */
export interface ServerRun {
  readonly runtime: string
  readonly code: number
  readonly output: string
  /** Orders that a real gateway has stored by it: one was pushed. */
  readonly stored: number
}

/** Runs that program, as it stands in the page and by each runtime's own loader, against the installed package. */
export async function runServers(engines: readonly Engine[]): Promise<readonly ServerRun[]> {
  const shop = await openShop()
  try {
    await shop.installed.write('server.ts', shop.codeOf('server.ts'))
    const runs: ServerRun[] = []
    let before = 0
    for (const { runtime, program, args, env } of engines) {
      const { code, output } = await run(program, [...args, 'server.ts'], {
        quiet: true,
        cwd: shop.installed.folder,
        env,
      })
      const all = (await shop.customers()).filter(name => name === 'server').length
      runs.push({ runtime, code, output, stored: all - before })
      before = all
    }
    return runs
  } finally {
    await shop.close()
  }
}

/** Gives what is wrong with such runs, in sentences. */
export function judgeServers(runs: readonly ServerRun[]): readonly string[] {
  return runs
    .filter(({ code, stored }) => code !== 0 || stored !== 1)
    .map(
      ({ runtime, code, output, stored }) =>
        `${runtime}: server.ts ended with code ${code} and ${stored} records stored: ${output}`,
    )
}
