import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createShardDefinitions } from '../../../gateway/online/shard-definitions.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { appliedTo } from '../support/apply-later.ts'
import { copied, exact, shape } from '../support/copied-clicks.ts'
import { testWorkspace } from '../support/test-workspace.ts'

it('a view that cannot be read fails at its records, and no other view does', async () => {
  const workspace = testWorkspace(0)
  await workspace.apply([shape.source, copied, exact])
  const applied = await appliedTo(workspace)
  const sources = applied.sources.map(source => ({
    ...source,
    views: source.views.map(view =>
      view.name === exact.name ? { ...view, transformation: { kind: 'of a newer gateway' } } : view,
    ),
  }))
  const registry = (workspaceId: string) => ({
    ...platformPeers(env).registry(workspaceId),
    definitions: async () => ({ ...applied, sources }),
  })
  const [{ id: entitySetId } = { id: '' }] = applied.entitySets
  const definitions = createShardDefinitions({ registry }, workspace.workspaceId, entitySetId)
  await definitions.read()
  const [source] = definitions.sources()
  if (source === undefined) throw new Error('The source is not there.')
  const record = { user: 'a', at: '2026-01-01T00:00:00.000000Z', n: 1 }
  const at = { ingestUs: 1, partition: 0, offset: 0 }
  const itemsOf = Object.fromEntries(
    definitions.viewsOf(source).map(view => {
      const rule = definitions.ruleOf(source, view)
      try {
        return [view.name, rule.changes(record, '["a"]', at).length]
      } catch (cause) {
        return [view.name, String(cause)]
      }
    }),
  )
  expect(itemsOf).toEqual({
    copied: 1,
    exact: 'TypeError: StreamFeatureView "exact" cannot be read.',
  })
  const idOf = (name: string) => source.views.find(view => view.name === name)?.id ?? ''
  expect(definitions.ruleOfId(idOf('exact'))).toBeUndefined()
  expect(definitions.ruleOfId(idOf('copied'))).toBeDefined()
})
