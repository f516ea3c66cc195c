import * as v from 'valibot'
import type { ClientName } from './clients.ts'

/** An event as a request carries it. */
export interface WireEvent {
  readonly n: number
  /** What a server could know a copy by; OpenTelemetry sends nothing of the kind. */
  readonly id?: string
}

const properties = v.object({ n: v.number() })
const numberOf = v.union([v.number(), v.string()])

const bodies = {
  tidegate: v.pipe(
    v.object({
      producer: v.string(),
      records: v.record(
        v.string(),
        v.array(v.object({ record: v.object({ n: numberOf }), sequence: v.number() })),
      ),
    }),
    v.transform(({ producer, records }) =>
      Object.entries(records).flatMap(([source, elements]) =>
        elements.map(({ record, sequence }) => ({
          n: Number(record.n),
          id: `${producer} ${source} ${sequence}`,
        })),
      ),
    ),
  ),
  opentelemetry: v.pipe(
    v.object({
      resourceLogs: v.array(
        v.object({
          scopeLogs: v.array(
            v.object({
              logRecords: v.array(
                v.object({
                  attributes: v.array(
                    v.object({
                      key: v.string(),
                      value: v.object({
                        intValue: v.optional(numberOf),
                        doubleValue: v.optional(v.number()),
                      }),
                    }),
                  ),
                }),
              ),
            }),
          ),
        }),
      ),
    }),
    v.transform(({ resourceLogs }) =>
      resourceLogs
        .flatMap(({ scopeLogs }) => scopeLogs)
        .flatMap(({ logRecords }) => logRecords)
        .map(({ attributes }) => {
          const value = attributes.find(({ key }) => key === 'n')?.value
          return { n: Number(value?.intValue ?? value?.doubleValue) }
        }),
    ),
  ),
  segment: v.pipe(
    v.object({ batch: v.array(v.object({ messageId: v.string(), properties })) }),
    v.transform(({ batch }) => batch.map(one => ({ n: one.properties.n, id: one.messageId }))),
  ),
  posthog: v.pipe(
    v.object({ batch: v.array(v.object({ uuid: v.string(), properties })) }),
    v.transform(({ batch }) => batch.map(one => ({ n: one.properties.n, id: one.uuid }))),
  ),
  amplitude: v.pipe(
    v.object({
      events: v.array(v.object({ insert_id: v.string(), event_properties: properties })),
    }),
    v.transform(({ events }) =>
      events.map(one => ({ n: one.event_properties.n, id: one.insert_id })),
    ),
  ),
} as const

/** Gives the events of a client's request; none where it carries something else. */
export function readEvents(client: ClientName, text: string): readonly WireEvent[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return []
  }
  const result = v.safeParse(bodies[client], body)
  return result.success ? result.output : []
}

/** Gives the body with which each peer's server takes a request. */
export function acknowledgementOf(client: Exclude<ClientName, 'tidegate'>, count: number): string {
  const replies = {
    opentelemetry: {},
    segment: { success: true },
    posthog: { status: 1 },
    amplitude: {
      code: 200,
      events_ingested: count,
      payload_size_bytes: 1,
      server_upload_time: 1,
    },
  }
  return JSON.stringify(replies[client])
}
