import type { FeatureServiceDefinition } from '../../shared/definitions/feature-service.ts'
import { type AnySource, isSource } from '../../shared/definitions/stream-source.ts'
import { requireName } from '../../shared/fields/names.ts'
import { requireOptions } from '../../shared/fields/options.ts'
import { describe } from '../../shared/fields/refusal.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import type { FeatureReading } from './feature-reading.ts'
import { type FeatureOptions, type FeatureValues, type JoinKeys, readFeatures } from './features.ts'
import { createGatewayHttp, type GatewayHttp, type HttpOptions } from './gateway-http.ts'
import { readServiceMetadata, type ServiceMetadata } from './service-metadata.ts'
import {
  type AppliedSource,
  appliedSource,
  type CallOptions,
  type SourceHandle,
  sourceHandle,
} from './source-handle.ts'

export interface WorkspaceOptions extends HttpOptions {}

const known = ['url', 'key', 'fetch', 'clock', 'timeoutMs', 'signal']

export interface Workspace {
  readonly name: string
  /** Carried along for the doors that read more of the same workspace. */
  readonly '~http': GatewayHttp
  /** A source by the name under which it was applied. Cost: one call. */
  getDataSource(name: string, options?: CallOptions): Promise<AppliedSource>
  /** A source by its definition here, which gives its rows their types. Asks nobody. */
  source<Source extends AnySource>(definition: Source): SourceHandle<Source>
  /** One entity's features, as of now. A service's definition gives them their types; Int64 and Int32 of a name alone are bigints. */
  getFeatures<Service extends FeatureServiceDefinition>(
    service: Service | string,
    joinKeys: JoinKeys,
    options?: FeatureOptions,
  ): Promise<FeatureReading<FeatureValues<Service>>>
  /** Those of many entities, in their order. Cost: one call for each hundred, one after the other. */
  getFeaturesBatch<Service extends FeatureServiceDefinition>(
    service: Service | string,
    rows: readonly JoinKeys[],
    options?: FeatureOptions,
  ): Promise<readonly FeatureReading<FeatureValues<Service>>[]>
  /** The join keys and features of a service that was applied, with their types. Cost: one call. */
  getServiceMetadata(service: string, options?: CallOptions): Promise<ServiceMetadata>
}

/**
 * Opens a workspace for reading; asks nobody yet. Throws a ValidationError where name, url or key can be none.
 * What its calls throw is a GatewayError, a ValidationError or their signal's reason.
 */
export function getWorkspace(name: string, options: WorkspaceOptions): Workspace {
  const workspace = requireName('getWorkspace', name, 'workspace')
  requireOptions('getWorkspace', options, known)
  const http = createGatewayHttp(options)
  return Object.freeze({
    name: workspace,
    '~http': http,
    async getDataSource(source, options = {}) {
      return appliedSource(http, workspace, requireName('getDataSource', source), options)
    },
    source(definition) {
      if (isSource(definition)) return sourceHandle(http, workspace, definition)
      throw new ValidationError(
        `source: Expected what StreamSource or PushSource gave but received ${describe(definition)}; getDataSource takes a name.`,
      )
    },
    async getFeatures(service, joinKeys, options = {}) {
      const [reading] = await readFeatures(http, workspace, service, [joinKeys], options)
      if (reading === undefined) throw new Error('There is one reading for each row.')
      return reading
    },
    getFeaturesBatch: (service, rows, options = {}) =>
      readFeatures(http, workspace, service, rows, options),
    async getServiceMetadata(service, options = {}) {
      const name = requireName('getServiceMetadata', service, 'service')
      return readServiceMetadata(http, workspace, name, options)
    },
  } satisfies Workspace)
}
