import type { Cut } from '../../shared/cut.ts'
import { askAgain } from '../ask-again.ts'
import { messageFormat } from '../contracts/message.ts'
import type { Clock, Peers } from '../ports.ts'
import { StaleDefinitions } from '../stale-definitions.ts'

interface CutSource {
  readonly workspaceId: string
  readonly sourceId: string
  /** As many as the definition says, by whoever asks: a catalogue that was restored may have forgotten some. */
  readonly partitions?: number
  /** The version of the definition by which rows are going to be read; absent: any. */
  readonly definitionVersion?: number
}

interface CutPorts {
  readonly clock: Clock
  readonly peers: Peers
}

/**
 * Takes a cut that holds everything acknowledged by now. Throws where a partition was restored from a backup
 * and has given out less than is in parts, or does not answer, and a StaleDefinitions where it may hold records
 * that a newer definition admitted. Cost: one call, and one for each partition.
 */
export async function takeCut(
  { clock, peers }: CutPorts,
  { workspaceId, sourceId, partitions = 0, definitionVersion: known = Infinity }: CutSource,
): Promise<Cut> {
  const list = await askAgain(clock, () =>
    peers.catalogue(workspaceId, sourceId).list({ format: messageFormat }),
  )
  const marks = new Map(list.partitions.map(({ partition, mark }) => [partition, mark]))
  for (let partition = 0; partition < partitions; partition++) {
    if (!marks.has(partition)) marks.set(partition, -1)
  }
  const taken = [...marks].map(async ([partition, mark]) => {
    // Each by itself: with every partition it grows likelier that one of them just restarts.
    const { last: upTo, version = 0 } = await askAgain(clock, () =>
      peers.partition(workspaceId, sourceId, partition).snapshot({ format: messageFormat }),
    )
    if (version > known) throw new StaleDefinitions(`Partition ${partition}`, version, known)
    if (upTo >= mark) return { partition, upTo }
    throw new Error(`Partition ${partition} has given out ${upTo} and parts reach offset ${mark}.`)
  })
  return (await Promise.all(taken)).sort((a, b) => a.partition - b.partition)
}

/** Says why a cut that somebody brings back was never one of this source; nothing where it may have been. */
export async function refusalOfCut(
  ports: CutPorts,
  source: CutSource,
  cut: Cut,
): Promise<string | undefined> {
  const now = new Map((await takeCut(ports, source)).map(at => [at.partition, at.upTo]))
  const ahead = cut.find(({ partition, upTo }) => upTo > (now.get(partition) ?? -1))
  return (
    ahead && `partition ${ahead.partition} has not given out offset ${ahead.upTo} of this source`
  )
}
