import {
  type AnySource,
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { diffDefinitions } from '../../../shared/plan/diff-definitions.ts'
import { Field, Int32, String, Timestamp } from '../../../shared/types.ts'
import { workspaceDefinitions } from '../../../shared/workspace-definitions.ts'

/** A workspace of some objects. */
export const of = (objects: readonly unknown[], live = true) =>
  workspaceDefinitions({ name: 'test', live }, objects)
/** What differs, a line for each object. */
export const lines = (
  before: readonly unknown[] | undefined,
  after: readonly unknown[],
  live = true,
) =>
  diffDefinitions(before && of(before, live), of(after, live)).changes.map(
    ({ action, kind, name, consequence }) => `${action} ${kind} ${name}: ${consequence}`,
  )
export const refusalsOf = (before: readonly unknown[], after: readonly unknown[], live = true) =>
  diffDefinitions(of(before, live), of(after, live)).refusals

type Push = NonNullable<Parameters<typeof PushConfig>[0]>
export const fields = [Field('user', String), Field('at', Timestamp), Field('n', Int32)]
export const source = (
  schema: Parameters<typeof StreamSource>[0]['schema'] = fields,
  config: Push = {},
  more: { readonly description?: string; readonly preventDestroy?: boolean } = {},
) =>
  StreamSource({
    name: 'clicks',
    streamConfig: PushConfig({ logOffline: true, timestampField: 'at', ...config }),
    schema,
    ...more,
  })
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
export const view = (
  from: AnySource = source(),
  features = [Attribute('n', Int32)] as Parameters<typeof StreamFeatureView>[0]['features'],
  more: object = {},
) => StreamFeatureView({ name: 'latest', source: from, entities: [user], features, ...more })
export const service = (of = view(), more: object = {}) =>
  FeatureService({ name: 'clicks:v1', features: [of], ...more })
