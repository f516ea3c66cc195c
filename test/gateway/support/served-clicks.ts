import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { platformClock } from '../../../gateway/platform/ports.ts'
import type { Clock, Peers } from '../../../gateway/ports.ts'
import { parseFeaturesRequest } from '../../../gateway/routes/features-request.ts'
import { answerFeatures } from '../../../gateway/routes/features-route.ts'
import { Attribute, Entity, FeatureService, StreamFeatureView } from '../../../shared/index.ts'
import { Field, Float64, Int64, String as Text } from '../../../shared/types.ts'
import { appliedTo } from './apply-later.ts'
import { featuresPorts } from './features-ports.ts'
import { click, clicksSource, latestClick } from './test-definitions.ts'
import { testWorkspace } from './test-workspace.ts'

const clicks = clicksSource()
const { view } = latestClick(clicks)
const again = StreamFeatureView({
  name: 'again',
  source: clicks,
  entities: [Entity({ name: 'user', joinKeys: [Field('user', Text)] })],
  features: [Attribute('n', Int64)],
})
const byNumber = StreamFeatureView({
  name: 'by_number',
  source: clicks,
  entities: [Entity({ name: 'number', joinKeys: [Field('n', Int64)] })],
  features: [Attribute('score', Float64), Attribute('user', Text)],
})
const both = FeatureService({ name: 'both', features: [view, again, byNumber] })

/** Users with a click each, whose number is their place. */
export const users = Array.from({ length: 12 }, (_, at) => `user ${at}`)

/** What the service serves of a user; of one that is unknown, the first number's. */
export function featuresOf(user: string): readonly unknown[] {
  const n = users.indexOf(user)
  return n < 0 ? [null, 0, 'user 0', null, null] : [`${n}`, n / 2, user, `${n}`, n / 2]
}

/** Clicks served by two views by user and one by number, in a service that has them all. */
export async function openServedClicks(at: number) {
  const workspace = testWorkspace(at)
  await workspace.apply([both])
  await workspace.pushRecords(
    'clicks',
    users.map((user, n) => ({ ...click(user, n), score: n / 2 })),
  )
  const rowOf = (user: string) => ({
    joinKeyMap: { user, n: `${Math.max(0, users.indexOf(user))}` },
  })
  const params = (asked: readonly string[], more: object = {}) => ({
    workspaceName: 'test',
    featureServiceName: 'both',
    requestData: asked.map(rowOf),
    ...more,
  })
  return {
    workspace,
    rowOf,
    params,
    batch: (asked: readonly string[], more?: object) =>
      workspace.send('/api/v1/feature-service/get-features-batch', {
        method: 'POST',
        body: JSON.stringify({ params: params(asked, more) }),
      }),
    scale: (joinKeys: readonly string[], shards: number) =>
      workspace.send('/api/v1/workspaces/test/shards', {
        method: 'POST',
        body: JSON.stringify({ protocol: 1, join_keys: joinKeys, shards }),
      }),
    compiled: async () => compileDefinitions(await appliedTo(workspace)),
    numbersSet: async () => {
      const { entitySets } = await appliedTo(workspace)
      return entitySets.find(({ joinKeys }) => joinKeys.includes('"n"'))?.id ?? ''
    },
  }
}

type ServedClicks = Awaited<ReturnType<typeof openServedClicks>>
type ReadFeatures = ReturnType<Peers['shard']>['read']

/** What stands between a reader and a shard. */
export type AtShard = (
  real: ReadFeatures,
  whose: { readonly set: string; readonly shard: number },
) => ReadFeatures

/** The gateway's own answer to a batch, over shards and a clock that a test has its hand in. */
export async function answerOver(
  { compiled, params }: ServedClicks,
  asked: readonly string[],
  more: object,
  atShard: AtShard,
  clock: Clock = platformClock,
) {
  const definitions = await compiled()
  const { peers, ...ports } = featuresPorts()
  const reports: string[] = []
  const reply = answerFeatures(
    {
      ...ports,
      clock,
      peers: {
        ...peers,
        shard: (id, set, shard) => {
          const stub = peers.shard(id, set, shard)
          return { ...stub, read: atShard(message => stub.read(message), { set, shard }) }
        },
      },
      report: event => reports.push(event),
    },
    parseFeaturesRequest(JSON.stringify({ params: params(asked, more) }), 'batch'),
    async () => definitions,
  )
  return { reply, reports }
}
