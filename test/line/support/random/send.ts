import * as v from 'valibot'
import type { Line } from '../line.ts'

const reply = v.object({
  receipts: v.optional(
    v.array(
      v.object({
        source: v.string(),
        index: v.number(),
        status: v.picklist(['accepted', 'duplicate', 'rejected', 'retry']),
      }),
    ),
  ),
})

export interface WireReply {
  readonly status: number
  readonly text: string
  /** By source, in the order of its records; nothing where there are no receipts. */
  readonly receipts: ReadonlyMap<string, readonly string[]> | undefined
}

/** A body as the wire has it, with its header if it has an Idempotency-Key. */
export interface WireBody {
  readonly key?: string
  readonly text: string
}

const maxTries = 20

/** Sends a body, again and unchanged as long as any of its records is to be sent again. */
export async function sendBody(url: string, line: Line, body: WireBody): Promise<WireReply> {
  let first: WireReply | undefined
  for (let tries = 0; tries < maxTries; tries++) {
    const answer = await fetch(`${url}/ingest`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${line.ingestKey}`,
        ...(body.key === undefined ? {} : { 'idempotency-key': body.key }),
      },
      body: body.text,
    })
    const text = await answer.text()
    const { receipts } = v.parse(reply, JSON.parse(text))
    const bySource = receipts && Map.groupBy(receipts, ({ source }) => source)
    const statuses =
      bySource && new Map([...bySource].map(([name, own]) => [name, own.map(one => one.status)]))
    const again = receipts?.some(({ status }) => status === 'retry') ?? false
    const last = { status: answer.status, text, receipts: statuses }
    if (!again) return merged(first, last)
    first ??= last
  }
  throw new Error(`Nothing but "retry" in ${maxTries} tries: ${body.text.slice(0, 1_000)}`)
}

/** What was accepted by the first try is a duplicate in the next: it counts as what it was first. */
function merged(first: WireReply | undefined, last: WireReply): WireReply {
  if (first?.receipts === undefined || last.receipts === undefined) return last
  const { receipts } = first
  return {
    ...last,
    receipts: new Map(
      [...last.receipts].map(([name, statuses]) => [
        name,
        statuses.map((status, at) => {
          const before = receipts.get(name)?.[at]
          return before === undefined || before === 'retry' ? status : before
        }),
      ]),
    ),
  }
}
