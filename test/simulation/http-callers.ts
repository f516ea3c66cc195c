import type { Ledger } from './ledger.ts'
import type { Network } from './network.ts'
import { readReceipts } from './read-receipts.ts'
import type { SimSender } from './sim-device.ts'
import type { ObjectContext } from './sim-object.ts'
import { type SimRecord, wireRecord, workspace } from './workload.ts'

const timeoutMs = 15_000

interface Request {
  readonly records: readonly SimRecord[]
  readonly body: string
  readonly headers: { readonly [name: string]: string }
}

/**
 * A caller of plain HTTP that repeats a request until it is answered: with an `Idempotency-Key` its records
 * are stored once; without one at least once, all or nothing.
 */
export function httpCaller(
  { time, random, trace }: ObjectContext,
  name: string,
  kind: 'keyed' | 'plain',
  network: Network,
  ledger: Ledger,
): SimSender {
  let collected: SimRecord[] = []
  let unanswered = 0
  let requests = 0

  const requestOf = (source: string, records: readonly SimRecord[]): Request => ({
    records,
    body: JSON.stringify({
      workspace_name: workspace,
      records: { [source]: records.map(record => ({ record: wireRecord(record) })) },
    }),
    headers: kind === 'keyed' ? { 'idempotency-key': `"${name} ${requests++}"` } : {},
  })

  /** Asks until there is an answer that repeating cannot change. */
  const persist = async ({ body, headers }: Request) => {
    for (let failures = 0; ; failures++) {
      const timeout = time.sleep(timeoutMs).then(() => undefined)
      const reply = await Promise.race([
        network(self, body, headers).catch(() => undefined),
        timeout,
      ])
      const isOver =
        reply !== undefined && (reply.status < 300 || reply.status === 422 || reply.status === 400)
      const receipts = readReceipts(reply)
      if (isOver && receipts.every(({ status }) => status !== 'retry')) return { reply, receipts }
      await time.sleep((0.5 + random() / 2) * Math.min(4_000, 200 * 2 ** failures))
    }
  }

  const deliverKeyed = async (request: Request) => {
    const { reply, receipts } = await persist(request)
    trace(`${name} ${reply.status}`)
    for (const [at, record] of request.records.entries()) {
      const { status, code } = receipts[at] ?? { status: 'retry' as const }
      if (status === 'retry')
        ledger.wrong.push(`I7 ${record.id} has no receipt in a ${reply.status}`)
      else ledger.settle(record, code === undefined ? { status } : { status, code })
    }
    const other = await persist({ ...request, body: `${request.body} ` })
    const isExcused = ledger.mayForget() || request.records.some(({ id }) => ledger.excused.has(id))
    if (other.reply.status !== 422 && !isExcused) {
      ledger.wrong.push(`I2 ${name} used a key for another body and got ${other.reply.status}`)
    }
  }

  const deliverPlain = async (request: Request) => {
    const { reply } = await persist(request)
    trace(`${name} ${reply.status}`)
    const fates = request.records.map(record => ledger.fateOf(record))
    const refused = fates.includes('wrong')
    const isOpen = !refused && fates.includes('either')
    if (!isOpen && (reply.status === 400) !== refused) {
      ledger.wrong.push(
        `I7 ${name} sent ${refused ? 'a wrong record' : 'right records'} and got ${reply.status}`,
      )
    }
    const status = reply.status === 400 ? 'rejected' : 'accepted'
    for (const record of request.records) {
      // An earlier try may still arrive, at a moment at which nothing is wrong any more.
      if (isOpen && status === 'rejected') ledger.lose(record, 'maybe sent')
      else ledger.settle(record, { status })
    }
  }

  const self: SimSender = {
    name,
    life: 0,
    gate: () => Promise.resolve(),
    crash: () => trace(`${name} lives on`),
    push(source, record) {
      ledger.push(record, kind === 'plain')
      unanswered++
      const alike = collected.filter(other => other.source === record.source)
      collected.push(record)
      // Two records make a request; what is left alone at the end goes alone.
      const records = [...alike, record]
      const send = () => {
        const due = collected.filter(other => records.includes(other))
        if (due.length === 0) return
        collected = collected.filter(other => !records.includes(other))
        const request = requestOf(source.name, due)
        const done = kind === 'keyed' ? deliverKeyed(request) : deliverPlain(request)
        void done.then(() => {
          unanswered -= due.length
        })
      }
      if (records.length >= 2) send()
      else time.at(5_000, send)
    },
    pending: () => unanswered,
  }
  return self
}
