import type { CatalogueContract } from '../contracts/catalogue-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { Report } from '../ports.ts'

/**
 * Tells the catalogue whether a partition's tail holds rows, once for each change and one call after the
 * other. Throws where the catalogue's mark is above all that the partition ever gave out: the partition was
 * restored from a backup. Cost: nothing while what was told last still holds.
 */
export function createTailNote(
  { report }: { readonly report: Report },
  identity: { readonly sourceId: string; readonly partition: number },
  catalogue: () => Pick<CatalogueContract, 'note'>,
  tail: { holds(): boolean; last(): number },
): () => Promise<void> {
  const { sourceId: source, partition } = identity
  let noted: boolean | undefined
  let noting: Promise<void> = Promise.resolve()
  return () => {
    const told = noting.then(async () => {
      const holds = tail.holds()
      if (holds === noted) return
      // A call that fails may have been heard: until its answer nobody knows what is noted.
      noted = undefined
      const { mark = -1 } = await catalogue().note({ format: messageFormat, partition, holds })
      if (mark > tail.last()) {
        report('catalogue is ahead of its partition', { source, partition, mark })
        throw new Error('The catalogue holds more than this partition ever gave out.')
      }
      noted = holds
    })
    noting = told.catch(() => undefined)
    return told
  }
}
