import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packPackage } from './pack-package.ts'
import { runOrThrow } from './run.ts'

const bin = (name: string): string =>
  fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url))

/** Packs `dist/` as npm would and lets publint and attw judge the tarball; throws what they find. */
async function checkPackage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-check-'))
  try {
    const { tarball, files, bytes } = await packPackage(folder)
    await runOrThrow(bin('publint'), ['run', tarball, '--strict'])
    // Both resolutions of ES modules; the package makes no promise to CommonJS or to TypeScript before 5.
    await runOrThrow(bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'])
    process.stdout.write(
      `publint and attw found nothing in ${files} files, ${bytes} bytes packed\n`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await checkPackage()
