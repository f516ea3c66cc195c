import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { findChromium } from '../support/find-chromium.ts'
import { openShop, type Shop } from './support/open-shop.ts'

const repoFolder = fileURLToPath(new URL('../..', import.meta.url))
const cdn = 'https://cdn.jsdelivr.net/npm/tidegate@0.1.0/'
const files = ['browser.ts', 'server.ts', 'worker.ts', 'service-worker.js', 'app.tsx', 'phone.ts']

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
  const packages = ['@types/node', '@types/react', '@types/react-dom', 'react', 'react-dom']
  for (const name of packages) await shop.installed.lend(name)
  for (const file of files) await shop.installed.write(file, shop.codeOf(file))
})
afterAll(() => shop?.close())

/** Gives a module of the page's code and all that it imports. */
async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(shop.installed.folder, file)],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** Opens a page of an origin that serves these texts and nothing else; gives it and what went wrong on it. */
async function openPage(texts: { readonly [path: string]: string }) {
  const server = createServer(({ url = '' }, response) => {
    const text = texts[url]
    const type = url.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8'
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': type }).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // One for each page: a Chromium of one process ends with its first page.
  const browser = await chromium.launch(await findChromium())
  const page = await browser.newPage()
  onTestFinished(async () => {
    await browser.close()
    server.close()
  })
  const problems: string[] = []
  page.on('pageerror', error => problems.push(error.message))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('No address')
  await page.goto(`http://127.0.0.1:${address.port}/`)
  return { page, problems }
}

/** Waits until an order of this customer is stored: there must be one. */
const stored = (customer: string) =>
  vi.waitFor(
    async () => expect((await shop.customers()).filter(name => name === customer)).toHaveLength(1),
    { timeout: 20_000, interval: 200 },
  )

const page = '<!doctype html><body><script type="module" src="/page.js"></script></body>'

describe('the code of docs/client.md for', () => {
  it('each platform is typed as a consumer sees it', async () => {
    await shop.installed.write(
      'phone-modules.d.ts',
      await readFile(join(repoFolder, 'test/package/support/phone-modules.d.ts'), 'utf8'),
    )
    await shop.installed.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          target: 'es2023',
          lib: ['es2023', 'dom', 'dom.iterable'],
          types: ['node'],
          jsx: 'react-jsx',
          module: 'esnext',
          moduleResolution: 'bundler',
          allowImportingTsExtensions: true,
          skipLibCheck: true,
        },
        files: [...files.filter(file => !file.endsWith('.js')), 'phone-modules.d.ts'],
      }),
    )
    const tsc = join(repoFolder, 'node_modules', 'typescript', 'bin', 'tsc')
    const { code, output } = await shop.installed.node([tsc, '--project', 'tsconfig.json'])
    expect([code, output]).toEqual([0, ''])
  })

  it('a browser pushes, bundled', async () => {
    const { problems } = await openPage({ '/': page, '/page.js': await bundle('browser.ts') })
    await stored('browser')
    expect(problems).toEqual([])
  })

  it('a browser pushes with one file of a CDN and nothing else', async () => {
    const { version } = JSON.parse(await readFile(join(repoFolder, 'package.json'), 'utf8'))
    expect(cdn).toContain(`@${version}/`)
    const code = shop.codeOf('cdn.html')
    const [, path = ''] = code.split(cdn)[1]?.match(/^([^']+)'/) ?? []
    const file = join(shop.installed.folder, 'node_modules', 'tidegate', path)
    const { problems } = await openPage({
      '/': `<!doctype html>${code.replace(cdn, '/')}`,
      [`/${path}`]: await readFile(file, 'utf8'),
    })
    await stored('cdn')
    expect(problems).toEqual([])
  })

  it('Node pushes', async () => {
    expect(await shop.installed.node(['server.ts'])).toEqual({ code: 0, output: '' })
    await stored('server')
  })

  it('Workers pushes', async () => {
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        cf: false,
        compatibilityDate: '2026-10-01',
        modules: [{ type: 'ESModule', path: 'worker.js', contents: await bundle('worker.ts') }],
      }),
    )
    onTestFinished(() => worker.dispose())
    expect(await (await worker.dispatchFetch('http://shop.test/')).text()).toBe('Thank you.')
    await stored('worker')
  })

  it('a service worker pushes', async () => {
    const { page: opened } = await openPage({
      '/': '<!doctype html>',
      '/service-worker.js': await bundle('service-worker.js'),
    })
    await opened.evaluate(async () => {
      await navigator.serviceWorker.register('/service-worker.js', { type: 'module' })
      const { active } = await navigator.serviceWorker.ready
      active?.postMessage('An order.')
    })
    await stored('service worker')
  })

  it('React pushes', async () => {
    const { page: opened, problems } = await openPage({
      '/': page,
      '/page.js': await bundle('app.tsx'),
    })
    await opened.getByText('Buy').click()
    await stored('react')
    expect(problems).toEqual([])
  })
})
