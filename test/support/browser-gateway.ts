import type { TestProject } from 'vitest/node'
import { createTestHarness } from 'wrangler'
import { openLine } from '../line/support/line.ts'
import { clicks, pageWorkspace } from './page-source.ts'
import { readingProxy } from './reading-proxy.ts'
import { testKey, testKeyEntries, testWorkspaceIds } from './test-keys.ts'

declare module 'vitest' {
  interface ProvidedContext {
    gatewayUrl: string
    /** Pushes to the page's workspace and may do nothing else. */
    pageKey: string
    /** Answers pages that read, and holds the key for it. */
    readingUrl: string
  }
}

/**
 * A real gateway for the browser tests, reachable from a page on this machine; its state lives as long as the
 * run. What pages push to is applied here: they could not do it, since only ingest answers other origins.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const harness = createTestHarness({
    workers: [
      {
        configPath: './wrangler.toml',
        vars: { TIDEGATE_KEYS: await testKeyEntries(), TIDEGATE_ORIGINS: 'loopback' },
      },
    ],
  })
  const { url } = await harness.listen()
  const [workspaceId = ''] = testWorkspaceIds
  const pageKey = testKey('ingest', workspaceId)
  const line = openLine({
    url: url.origin,
    adminKey: testKey('admin', workspaceId),
    ingestKey: pageKey,
    workspace: pageWorkspace,
    fetch: (target, request) => fetch(target, request),
  })
  await line.apply([clicks])
  const reading = await readingProxy(url.origin, testKey('admin', workspaceId))
  project.provide('readingUrl', reading.url)
  project.provide('gatewayUrl', url.origin)
  project.provide('pageKey', pageKey)
  return async () => {
    reading.close()
    await harness.close()
  }
}
