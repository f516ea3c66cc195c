import type { IngestRequest } from '../../../shared/ingest-protocol.ts'

interface Received {
  /** The highest floor received: all below is settled. */
  base: number
  readonly verdicts: Map<number, 'accepted' | 'rejected'>
}

/**
 * Gives a gateway in few lines: received sets by producer and source, floors, and a bound on the ranges above
 * them. `stored` is its log, `isBad` its judgement.
 */
export function createModelGateway(isBad: (record: unknown) => boolean, maxRanges = 4) {
  const sets = new Map<string, Received>()
  const stored: { producer: string; source: string; sequence: number; record: unknown }[] = []

  function receive(request: IngestRequest, source: string, sequence: number, record: unknown) {
    const { producer = '', floors = {} } = request
    const key = `${producer} ${source}`
    const received = sets.get(key) ?? { base: 0, verdicts: new Map() }
    sets.set(key, received)
    received.base = Math.max(received.base, floors[source] ?? 0)
    const known = received.verdicts.get(sequence)
    if (known === 'rejected') return { status: 'rejected', code: 'out_of_range' }
    if (known) return { status: 'duplicate' }
    if (sequence < received.base) return { status: 'duplicate', code: 'settled' }
    if (rangesWith(received, sequence) > maxRanges && sequence > received.base)
      return { status: 'retry', code: 'too_far_ahead' }
    received.verdicts.set(sequence, isBad(record) ? 'rejected' : 'accepted')
    if (isBad(record)) return { status: 'rejected', code: 'out_of_range' }
    stored.push({ producer, source, sequence, record })
    return { status: 'accepted' }
  }

  return {
    stored,
    /** Answers a body; `skips` names elements that cannot be stored now. */
    ingest(text: string, skips: (place: number) => boolean = () => false) {
      const request: IngestRequest = JSON.parse(text)
      const receipts: { source: string; index: number; status: string }[] = []
      for (const [source, elements] of Object.entries(request.records)) {
        const lowest = Math.min(...elements.map(({ sequence = -1 }) => sequence))
        const floor = request.floors?.[source]
        if (floor === undefined || floor > lowest) return { status: 400, body: {} }
        for (const [index, { record, sequence = -1 }] of elements.entries()) {
          const word = skips(receipts.length)
            ? { status: 'retry', code: 'not_stored' }
            : receive(request, source, sequence, record)
          receipts.push({ source, index, ...word })
        }
      }
      return { status: 207, body: { protocol: 1, receipts } }
    },
  }
}

/** Ranges above the one that touches the base, were `added` received. */
function rangesWith({ base, verdicts }: Received, added: number): number {
  const above = [...verdicts.keys(), added].filter(sequence => sequence > base)
  const known = new Set(above)
  return above.filter(sequence => !known.has(sequence - 1) && !verdicts.has(sequence - 1)).length
}
