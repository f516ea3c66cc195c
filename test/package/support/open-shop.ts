import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { codeOfFile } from './fenced-code.ts'
import { type InstalledPackage, installPackage } from './installed-package.ts'
import { servePackage } from './serve-package.ts'

const repoFolder = fileURLToPath(new URL('../../..', import.meta.url))

/** The installed package, its gateway with the README's definitions, and the code of docs/client.md beside it. */
export interface Shop {
  readonly installed: InstalledPackage
  readonly key: string
  /** Gives the code of a file that docs/client.md shows, as it runs here. */
  readonly codeOf: (file: string) => string
  /** Names of the customers whose orders are stored, one for each order. */
  readonly customers: () => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

/** Installs the package as a user would, serves its gateway and applies the README's definitions. */
export async function openShop(): Promise<Shop> {
  const read = (path: string) => readFile(join(repoFolder, path), 'utf8')
  const [readme, page] = await Promise.all(['README.md', 'docs/client.md'].map(read))
  const installed = await installPackage()
  await installed.lend('miniflare')
  await installed.write('definitions.ts', codeOfFile(readme ?? '', 'definitions.ts'))
  const { port, stop } = await servePackage(installed)
  const keysPath = join(installed.folder, '.tidegate', 'keys.json')
  const { admin, ingest } = v.parse(
    v.object({ admin: v.string(), ingest: v.string() }),
    JSON.parse(await readFile(keysPath, 'utf8')),
  )
  const env = {
    TIDEGATE_URL: `http://127.0.0.1:${port}`,
    TIDEGATE_WORKSPACE: 'shop',
    TIDEGATE_KEY: admin,
  }
  const ask = async (...args: string[]) => {
    const { code, output } = await installed.tidegate(args, env)
    if (code !== 0) throw new Error(output)
    return output
  }
  const close = async () => {
    await stop()
    await installed.remove()
  }
  await ask('apply', 'definitions.ts', '--yes').catch(async cause => {
    // Nobody else would end the gateway.
    await close()
    throw cause
  })
  return {
    installed,
    key: ingest,
    codeOf: file =>
      codeOfFile(page ?? '', file)
        .replaceAll(':8787', `:${port}`)
        .replaceAll('tg_ingest_…', ingest),
    async customers() {
      const rows = (await ask('get-dataframe', 'orders')).trim().split('\n').filter(Boolean)
      return rows.map(row => v.parse(v.object({ customer: v.string() }), JSON.parse(row)).customer)
    },
    close,
  }
}
