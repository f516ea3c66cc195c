import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { TestWorkspace } from './test-workspace.ts'

/** Runs a statement on the tables of a source's partition and restarts it, as damage on disk is met. */
export async function damagePartition(
  workspace: TestWorkspace,
  source: string,
  statement: string,
): Promise<void> {
  const partition = workspace.partition(source)
  await runInDurableObject(partition, async (_, state) => {
    state.storage.sql.exec(statement)
    await state.storage.sync()
  })
  await evictDurableObject(partition)
}

/** The same on the tables of a source's catalogue. */
export async function damageCatalogue(
  workspace: TestWorkspace,
  source: string,
  statement: string,
): Promise<void> {
  const catalogue = workspace.catalogue(source)
  await runInDurableObject(catalogue, async (_, state) => {
    state.storage.sql.exec(statement)
    await state.storage.sync()
  })
  await evictDurableObject(catalogue)
}

/** Puts other bytes under the key of an object, keeping its metadata. */
export async function replaceObject(
  key: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Promise<void> {
  const object = await env.LOG.get(key)
  const bytes = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0))
  await env.LOG.put(key, change(bytes), { customMetadata: object?.customMetadata ?? {} })
}
