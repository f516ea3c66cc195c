import * as v from 'valibot'
import type { AnyType } from '../../shared/fields/data-type.ts'
import { isArrayType } from '../../shared/fields/nested-types.ts'
import type { FeatureReading } from './feature-reading.ts'
import { unreadable } from './http-sentence.ts'
import { valueDecoder } from './row-decoder.ts'
import { readServedType, unservedValue } from './served-type.ts'

const markSchema = v.object({
  source: v.string(),
  cut: v.string(),
  at: v.exactOptional(v.string()),
})
const vectorSchema = v.object({ features: v.array(v.unknown()) })
const named = { name: v.string(), dataType: v.unknown() }

/** A reply to one row. */
export const singleSchema = v.object({
  result: vectorSchema,
  metadata: v.object({
    features: v.array(
      v.object({
        ...named,
        status: v.string(),
        effectiveTime: v.nullish(v.string()),
        ageSeconds: v.nullish(v.number()),
      }),
    ),
    marks: v.exactOptional(v.record(v.string(), markSchema)),
  }),
})

/** A reply to several. */
export const batchSchema = v.object({
  result: v.array(vectorSchema),
  metadata: v.object({
    features: v.array(
      v.object({
        ...named,
        status: v.array(v.string()),
        effectiveTimes: v.array(v.nullable(v.string())),
        ageSeconds: v.nullish(v.array(v.nullable(v.number()))),
      }),
    ),
    marks: v.exactOptional(v.array(v.record(v.string(), markSchema))),
  }),
})

type Batch = v.InferOutput<typeof batchSchema>

/** Gives a reply to one row as one to several. */
export function ofOneRow({ result, metadata }: v.InferOutput<typeof singleSchema>): Batch {
  const { features, marks } = metadata
  return {
    result: [result],
    metadata: {
      features: features.map(({ name, dataType, status, effectiveTime, ageSeconds }) => ({
        name,
        dataType,
        status: [status],
        effectiveTimes: [effectiveTime ?? null],
        ageSeconds: [ageSeconds ?? null],
      })),
      ...(marks === undefined ? {} : { marks: [marks] }),
    },
  }
}

/**
 * Reads a reply's rows, by the types that a definition declares or else by those that the reply names; throws a
 * GatewayError where it is not whole.
 */
export function readingsOf(
  address: string,
  declared: ReadonlyMap<string, AnyType> | undefined,
  count: number,
  { result, metadata }: Batch,
): readonly FeatureReading<Record<string, unknown>>[] {
  if (result.length !== count) throw unreadable(address, `${result.length} rows of ${count}`)
  const features = metadata.features.map(({ dataType, ...feature }) => ({
    ...feature,
    decode: decoderOf(
      address,
      feature.name,
      () => declared?.get(feature.name) ?? readServedType(dataType),
    ),
  }))
  for (const name of declared?.keys() ?? []) {
    if (features.every(feature => feature.name !== name)) {
      throw unreadable(address, `the feature "${name}", which the definition here has, is missing`)
    }
  }
  return result.map((vector, row) => {
    if (vector.features.length !== features.length) {
      throw unreadable(address, `${vector.features.length} values and ${features.length} names`)
    }
    const cells = features.map(({ name, status, effectiveTimes, ageSeconds, decode }, at) => {
      const [said, time] = [status[row], effectiveTimes[row]]
      if (said === undefined || time === undefined)
        throw unreadable(address, `a row less of ${name}`)
      const age = ageSeconds?.[row] ?? null
      return { name, value: decode(vector.features[at]), status: said, time, age }
    })
    const marked = metadata.marks?.[row]
    return {
      values: Object.fromEntries(cells.map(({ name, value }) => [name, value])),
      statuses: Object.fromEntries(cells.map(({ name, status }) => [name, status])),
      effectiveTimes: Object.fromEntries(cells.map(({ name, time }) => [name, time])),
      ...(cells.every(({ age }) => age === null)
        ? {}
        : { agesSeconds: Object.fromEntries(cells.map(({ name, age }) => [name, age])) }),
      ...(marked === undefined ? {} : { marks: marked }),
    }
  })
}

/** Reads a feature's values as they are served; throws a GatewayError where one is none of its type. */
function decoderOf(
  address: string,
  name: string,
  type: () => AnyType,
): (value: unknown) => unknown {
  const said = <T>(work: () => T): T => {
    try {
      return work()
    } catch (cause) {
      throw unreadable(address, cause instanceof Error ? `${name}: ${cause.message}` : name, cause)
    }
  }
  const decode = said(() => servedDecoder(type(), name))
  return value => said(() => decode(value))
}

/** Any feature may be null, and so may be what a series of windows or keys has in one place. */
function servedDecoder(dtype: AnyType, name: string): (value: unknown) => unknown {
  const decode = valueDecoder(dtype)
  const member = isArrayType(dtype) ? servedDecoder(dtype.element, name) : undefined
  return value => {
    if (value === null) return null
    if (member !== undefined && Array.isArray(value)) return value.map(member)
    return decode(unservedValue(dtype, value), name)
  }
}
