import { type } from 'arktype'
import * as z from 'zod'
import { fieldsOf } from '../../shared/fields/fields-of.ts'
import { type InferRecord, type InferRow, PushConfig, StreamSource } from '../../shared/index.ts'
import { Float64, Int64, String, Timestamp } from '../../shared/types.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<_ extends true>(): void {}

const payment = z.object({
  id: z.string(),
  at: z.date(),
  amount: z.number(),
  note: z.string().nullish(),
  ok: z.boolean(),
  tags: z.array(z.string()),
  place: z.object({ lat: z.number(), name: z.string().optional() }),
})
export const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig(),
  schema: fieldsOf(payment, { at: Timestamp, amount: Float64, place: { lat: Float64 } }),
})
is<
  Equal<
    InferRecord<typeof payments>,
    {
      id: string
      at: Date | string
      amount: number
      ok: boolean
      tags: readonly string[]
      place: { lat: number; name?: string | null | undefined }
      note?: string | null | undefined
    }
  >
>()
is<Equal<InferRow<typeof payments>['note'], string | null>>()
is<Equal<InferRow<typeof payments>['amount'], number>>()

const event = type({ id: 'string', n: 'number.integer', 'ok?': 'boolean' })
export const events = StreamSource({
  name: 'events',
  streamConfig: PushConfig(),
  schema: fieldsOf(event, { n: Int64 }),
})
is<
  Equal<
    InferRecord<typeof events>,
    { id: string; n: bigint | number | string; ok?: boolean | null | undefined }
  >
>()

export const literal = StreamSource({
  name: 'literal',
  streamConfig: PushConfig(),
  schema: fieldsOf(
    {
      type: 'object',
      properties: { id: { type: 'string' }, n: { type: 'integer' } },
      required: ['id'],
    },
    { n: Int64 },
  ),
})
is<
  Equal<
    InferRecord<typeof literal>,
    { id: string; n?: bigint | number | string | null | undefined }
  >
>()

// What must not compile. None of it runs.
export function refused(): void {
  // @ts-expect-error amount, at and place.lat have no width
  fieldsOf(payment)
  // @ts-expect-error at has no type
  fieldsOf(payment, { amount: Float64, place: { lat: Float64 } })
  // @ts-expect-error place.lat has no width
  fieldsOf(payment, { at: Timestamp, amount: Float64, place: {} })
  // @ts-expect-error JavaScript's own Number
  fieldsOf(event, { n: Number })
  // Nothing needs a name here.
  fieldsOf(z.object({ id: z.string() }))
  fieldsOf(z.object({ id: z.string() }), { id: String })
}
