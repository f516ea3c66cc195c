import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { findChromium } from './test/support/find-chromium.ts'
import { progressReporter } from './test/support/progress-reporter.ts'
import { testKeyEntries } from './test/support/test-keys.ts'

const chromium = await findChromium()
const { TIDEGATE_TEST_PROGRESS: progressPath } = process.env

/** The same files run wherever the code claims to run: Node, workerd and Chromium (Deno and Bun: `npm run runtimes`). */
const everywhere = ['test/shared/**/*.test.ts', 'test/client/**/!(*.browser).test.ts']

/** Only so that a hang ends: a busy machine takes as long as it takes. */
const patience = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
}

export default defineConfig({
  test: {
    api: { host: '127.0.0.1' },
    reporters: progressPath === undefined ? ['default'] : ['dot', progressReporter(progressPath)],
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                TIDEGATE_KEYS: await testKeyEntries(),
                TIDEGATE_ORIGINS: 'https://app.example',
              },
            },
          }),
        ],
        test: {
          ...patience,
          name: 'workerd',
          // What an object logs while a file's last message is under way would be waited for until the end of
          // all days (cloudflare/workers-sdk#15719); so it goes to the terminal, not through the tests.
          disableConsoleIntercept: true,
          include: [
            ...everywhere,
            'test/gateway/**/*.test.ts',
            'test/{contract,line}/**/*.workerd.test.ts',
          ],
        },
      },
      {
        test: {
          ...patience,
          name: 'node',
          include: [
            ...everywhere,
            'test/{bench,cli,node,runtimes}/**/*.test.ts',
            'test/house/**/*.test.ts',
            'test/package/**/*.test.ts',
            'test/{contract,line}/**/*.node.test.ts',
            'test/simulation/**/*.test.ts',
            'test/conformance/**/*.node.test.ts',
          ],
        },
      },
      {
        // Found while tests run, they would make it begin anew.
        optimizeDeps: { include: ['@uwdata/flechette', 'hyparquet', 'ky'] },
        test: {
          ...patience,
          name: 'browser',
          include: [...everywhere, 'test/client/**/*.browser.test.ts', 'test/browser/**/*.test.ts'],
          globalSetup: ['./test/support/browser-gateway.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({ launchOptions: chromium }),
          },
        },
      },
    ],
  },
})
