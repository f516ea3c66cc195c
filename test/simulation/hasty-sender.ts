import { protocolVersion } from '../../shared/ingest-protocol.ts'
import type { Ledger } from './ledger.ts'
import type { Network } from './network.ts'
import { readReceipts, type WireReceipt } from './read-receipts.ts'
import type { SimSender } from './sim-device.ts'
import type { ObjectContext } from './sim-object.ts'
import { fateOf, type SimRecord, wireRecord, workspace } from './workload.ts'

interface Unsettled {
  readonly record: SimRecord
  readonly sequence: number
  /** What the first receipt said, while the sender asks once more to hear the same. */
  first?: WireReceipt
}

const timeoutMs = 15_000

/**
 * A sender of the wire protocol that never waits: each record leaves at once, so that requests overtake each
 * other and leave gaps; some are sent again although they were answered, to hear the same verdict.
 */
export function hastySender(
  { time, random, trace }: ObjectContext,
  name: string,
  network: Network,
  ledger: Ledger,
): SimSender {
  const producer = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  const next = new Map<string, number>()
  const unsettled = new Map<string, Unsettled[]>()

  const floorOf = (source: string) =>
    Math.min(...(unsettled.get(source) ?? []).map(({ sequence }) => sequence))

  const settle = (source: string, sent: Unsettled, settled: WireReceipt) => {
    const left = (unsettled.get(source) ?? []).filter(other => other !== sent)
    unsettled.set(source, left)
    const { status, code } = settled
    if (status !== 'retry')
      ledger.settle(sent.record, code === undefined ? { status } : { status, code })
  }

  /** Takes a receipt; gives whether the record has to be sent again. */
  const take = (source: string, sent: Unsettled, receipt: WireReceipt): boolean => {
    if (receipt.status === 'retry') return true
    const { first, record } = sent
    if (first === undefined) {
      if (random() < 0.5) {
        settle(source, sent, receipt)
        return false
      }
      sent.first = receipt
      return true
    }
    const same =
      first.status === 'rejected'
        ? receipt.status === 'rejected' && receipt.code === first.code
        : receipt.status === 'duplicate'
    if (!same && !ledger.excused.has(record.id) && !ledger.mayForget()) {
      ledger.wrong.push(
        `I7 record ${record.id} was ${first.status} and is ${receipt.status} when sent again`,
      )
    }
    settle(source, sent, first)
    return false
  }

  const deliver = async (source: string, sent: Unsettled) => {
    for (let failures = 0; ; failures++) {
      const body = JSON.stringify({
        protocol: protocolVersion,
        workspace_name: workspace,
        producer,
        floors: { [source]: floorOf(source) },
        records: { [source]: [{ record: wireRecord(sent.record), sequence: sent.sequence }] },
      })
      const timeout = time.sleep(timeoutMs).then(() => undefined)
      const reply = await Promise.race([network(self, body).catch(() => undefined), timeout])
      const [receipt] = readReceipts(reply)
      if (receipt !== undefined && !take(source, sent, receipt)) return
      if (receipt?.status !== 'retry' && receipt !== undefined) failures = 0
      await time.sleep((0.5 + random() / 2) * Math.min(4_000, 200 * 2 ** failures))
    }
  }

  const self: SimSender = {
    name,
    life: 0,
    gate: () => Promise.resolve(),
    crash: () => trace(`${name} lives on`),
    push(source, record) {
      // What the gateway will refuse goes over the wire too: nobody checks before.
      trace(`${name} sends ${record.id}, ${fateOf(record)}`)
      ledger.push(record)
      const sequence = next.get(source.name) ?? 0
      next.set(source.name, sequence + 1)
      const sent: Unsettled = { record, sequence }
      unsettled.set(source.name, [...(unsettled.get(source.name) ?? []), sent])
      void deliver(source.name, sent)
    },
    pending: () => [...unsettled.values()].reduce((sum, { length }) => sum + length, 0),
  }
  return self
}
