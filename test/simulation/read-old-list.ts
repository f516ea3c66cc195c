import { messageFormat } from '../../gateway/contracts/message.ts'
import { DamagedPart, getWholePart } from '../../gateway/offline/whole-part.ts'
import type { Ports } from '../../gateway/ports.ts'
import type { ResolvedSource } from '../../gateway/registry/resolved-definitions.ts'
import { upkeepSizes } from './sim-sizes.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * Reads every part of a list that grew old meanwhile, by name, as a download does: within the grace period
 * each is still found and whole, whatever compactions did. Gives sentences on what is not.
 */
export async function readOldList(
  { peers, parts }: Pick<Ports, 'peers' | 'parts'>,
  time: VirtualTime,
  { workspaceId, id, name: source }: ResolvedSource,
  waitMs: number,
): Promise<string[]> {
  const wrong: string[] = []
  const untilMs = time.now() + upkeepSizes.graceMs
  /** Faults hit this reader too; what it could not ask in time it knows nothing of. */
  const ask = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    while (time.now() < untilMs) {
      try {
        const answer = await work()
        return time.now() < untilMs ? answer : undefined
      } catch (cause) {
        if (time.now() < untilMs && cause instanceof DamagedPart) {
          wrong.push(`I1 a reader of an old list of ${source}: ${cause.message}`)
          return undefined
        }
        await time.sleep(100)
      }
    }
    return undefined
  }
  const catalogue = peers.catalogue(workspaceId, id)
  const list = await ask(() => catalogue.list({ format: messageFormat }))
  await time.sleep(waitMs)
  for (const { name } of list?.parts ?? []) {
    const found = await ask(async () => ({
      part: await catalogue.part({ format: messageFormat, name }),
    }))
    if (found === undefined) continue
    const { part } = found
    if (part === undefined) wrong.push(`I1 the part ${name} of ${source} is found by name no more`)
    else await ask(() => getWholePart(parts, part))
  }
  return wrong
}
