import * as v from 'valibot'
import type { AnyType } from '../../shared/fields/data-type.ts'
import type { GatewayHttp } from './gateway-http.ts'
import { unreadable } from './http-sentence.ts'
import { readServedType } from './served-type.ts'
import type { CallOptions } from './source-handle.ts'

/** What a feature service is asked by, and what it gives. */
export interface ServiceMetadata {
  readonly joinKeys: readonly TypedName[]
  /** As `view.feature`, in the order in which they are served. */
  readonly features: readonly TypedName[]
}

/** Int32 is Int64 here: the wire does not tell them apart. */
export interface TypedName {
  readonly name: string
  readonly dtype: AnyType
}

const path = '/feature-service/metadata'
const typedNames = v.array(v.object({ name: v.string(), dataType: v.unknown() }))
const metadataSchema = v.object({ inputJoinKeys: typedNames, featureValues: typedNames })

/** Asks what a service is. Cost: one call, tried again where it fails for now. */
export async function readServiceMetadata(
  http: GatewayHttp,
  workspaceName: string,
  featureServiceName: string,
  { signal }: CallOptions,
): Promise<ServiceMetadata> {
  const { inputJoinKeys, featureValues } = await http.json(metadataSchema, path, {
    method: 'post',
    // It only reads, so it may be asked again.
    retry: { methods: ['post'] },
    ...(signal === undefined ? {} : { signal }),
    json: { params: { workspaceName, featureServiceName } },
  })
  const typed = (names: v.InferOutput<typeof typedNames>) =>
    names.map(({ name, dataType }) => ({
      name,
      dtype: typeOf(`${http.base}${path}`, name, dataType),
    }))
  return { joinKeys: typed(inputJoinKeys), features: typed(featureValues) }
}

function typeOf(address: string, name: string, dataType: unknown): AnyType {
  try {
    return readServedType(dataType)
  } catch (cause) {
    throw unreadable(address, cause instanceof Error ? `${name}: ${cause.message}` : name, cause)
  }
}
