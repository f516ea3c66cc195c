// Records what this version writes and says: `npm run golden [FOLDER]`. Only for a change of format: what
// an earlier version wrote stays, since this one has to read it.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDefinitionsCache } from '../../gateway/ingest/definitions-cache.ts'
import { rowFormat } from '../../gateway/log/row-header.ts'
import { answerIngest } from '../../gateway/routes/ingest-route.ts'
import { mintKey } from '../../shared/keys.ts'
import {
  canonicalOf,
  click,
  clicksSource,
  latestClick,
} from '../gateway/support/test-definitions.ts'
import { testWorkspaceIds } from '../support/test-keys.ts'
import { recordedWorld } from './recorded-world.ts'

const folder = process.argv[2] ?? join(import.meta.dirname, `rows-${rowFormat}`)
const workspaceId = testWorkspaceIds[15] ?? ''
const world = recordedWorld()
const { peers, clock, random, definitions, report } = world.ports
const format = 1

const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const canonical = canonicalOf('test', [clicks, view, service])
const keyId = mintKey('admin', workspaceId, count => new Uint8Array(count)).slice(0, 12)
const registry = peers.registry(workspaceId)
await registry.apply({ format, workspace: 'test', expectedHash: null, canonical, keyId })
const resolved = await registry.definitions({ format })
const [source] = resolved?.sources ?? []
const [entitySet] = resolved?.entitySets ?? []
if (source === undefined || entitySet === undefined) throw new Error('Nothing was applied.')

const services = {
  clock,
  random,
  peers,
  definitions: createDefinitionsCache({ clock, edge: definitions, peers, report }),
}
const wire: { request: unknown; status: number; reply: unknown }[] = []
const push = async (request: unknown) => {
  const body = JSON.stringify(request)
  const holder = { kind: 'ingest', workspaceId, keyId } as const
  const asked = new Request('http://gateway/ingest', { method: 'POST', body })
  const reply = await answerIngest(services, asked, holder)
  wire.push({ request, status: reply.status, reply: await reply.json() })
}
const numbered = (first: number, records: readonly unknown[]) => ({
  protocol: 1,
  workspace_name: 'test',
  producer: '0123456789abcdef0123456789abcdef',
  floors: { clicks: 0 },
  records: { clicks: records.map((record, at) => ({ record, sequence: first + at })) },
})

await push(numbered(0, [click('a', 1), click('b', 2), { user: 'c', at: 'never', n: 3 }]))
await push({ workspace_name: 'test', records: { clicks: [{ record: click('c', 4) }] } })
const partition = peers.partition(workspaceId, source.id, 0)
await partition.roll({ format })
await world.settle()
await push(numbered(3, [click('a', 5), click('d', 6)]))
await partition.roll({ format })
await push(numbered(5, [click('b', 7), click('e', 8)]))
await world.settle('shard')
const state = world.dump()

// Asked of what was just written down, so that whoever opens it can be asked the same.
wire.length = 0
world.calls.length = 0
await push(numbered(0, [click('a', 1), click('b', 2), { user: 'c', at: 'never', n: 3 }]))
await push(numbered(5, [click('b', 7), click('e', 8)]))
const missed = { format, version: 1, entitySetId: entitySet.id, after: 2 }
await partition.catchUp(missed)
const tail = await partition.readTail({ format, after: 4, upTo: 6 })
if (tail.outcome !== 'pieces') throw new Error('The tail cannot be read.')
const shard = peers.shard(workspaceId, entitySet.id, 0)
const subscriptions = [{ viewId: source.views[0]?.id ?? '', from: -1 }]
const delivered = { after: 4, upTo: 6, pieces: tail.pieces, subscriptions }
await shard.deliver({ format, sourceId: source.id, partition: 0, ...delivered })
const catalogue = peers.catalogue(workspaceId, source.id)
const [listed] = (await catalogue.list({ format })).parts
if (listed === undefined) throw new Error('Nothing was rolled.')
const { committedUs: _, ...part } = listed
const digest = state.parts[0]?.metadata.digest ?? ''
await catalogue.commit({ format, part, digest })

await mkdir(folder, { recursive: true })
const calls = world.calls.filter(({ method }) =>
  ['append', 'catchUp', 'readTail', 'deliver', 'commit'].includes(method),
)
for (const [name, content] of Object.entries({ state, calls, wire })) {
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(content, plainBytes, 1)}\n`)
}

function plainBytes(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value
}
