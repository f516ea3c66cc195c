import type { Peers } from '../ports.ts'

/** Names of Durable Objects: minted ids only, the workspace's first, since it carries the location. */
export const objectNames = {
  registry: (workspaceId: string) => workspaceId,
  catalogue: (workspaceId: string, sourceId: string) => `${workspaceId}/${sourceId}`,
  partition: (workspaceId: string, sourceId: string, partition: number) =>
    `${workspaceId}/${sourceId}/${partition}`,
  shard: (workspaceId: string, entitySetId: string, shard: number) =>
    `${workspaceId}/${entitySetId}/${shard}`,
} satisfies { readonly [peer in keyof Peers]: (...ids: never[]) => string }

/** The ids in an object's name; throws for an object that was got by anything else. */
export function idsOf(name: string | undefined, count: number): readonly string[] {
  const ids = name?.split('/') ?? []
  if (ids.length === count && ids.every(id => id !== '')) return ids
  throw new Error('This object was not got by a name of minted ids.')
}
