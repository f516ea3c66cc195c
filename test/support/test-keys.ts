import { keyEntryOf, mintKey } from '../../shared/keys.ts'
import { murmur3 } from '../../shared/murmur3.ts'

/** Ids of the workspaces that tests may use; each test file takes one of its own. */
export const testWorkspaceIds = Array.from(
  { length: 32 },
  (_, at) =>
    `aaaaaaaa${String.fromCharCode(97 + (at >> 4))}${String.fromCharCode(97 + (at & 15))}-auto`,
)

/** Keys that are the same in every run and worth nothing outside tests. */
export function testKey(kind: 'admin' | 'ingest', workspaceId: string): string {
  let at = 0
  const bytes = (count: number) =>
    Uint8Array.from({ length: count }, () => murmur3(`${kind} ${workspaceId} ${at++}`) & 255)
  return mintKey(kind, workspaceId, bytes)
}

/** The secret that makes a gateway know all test keys. */
export async function testKeyEntries(): Promise<string> {
  const keys = testWorkspaceIds.flatMap(id => [testKey('admin', id), testKey('ingest', id)])
  return (await Promise.all(keys.map(keyEntryOf))).join(',')
}
