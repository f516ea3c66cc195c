import type { TestProject } from 'vitest/node'
import { createTestHarness } from 'wrangler'
import { testKeyEntries } from './test-keys.ts'

declare module 'vitest' {
  interface ProvidedContext {
    gatewayUrl: string
  }
}

/** A real gateway for the browser tests, reachable from a page; its state lives as long as the run. */
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
  project.provide('gatewayUrl', String(url))
  return () => harness.close()
}
