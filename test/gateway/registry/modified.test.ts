import * as v from 'valibot'
import { expect, it } from 'vitest'
import { clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const timesSchema = v.object({ createdAt: v.string(), lastModifiedAt: v.string() })
const appliedSchema = v.object({ hash: v.string() })

const sourceOf = (feed: string) => Object.freeze({ ...clicksSource(), options: { feed } })

it('a source was modified when it was declared otherwise, and not when its views were', async () => {
  const workspace = testWorkspace(0)
  let hash: string | null = null
  const timesAfter = async (objects: readonly unknown[]) => {
    // An apply of a later millisecond.
    await scheduler.wait(5)
    hash = v.parse(appliedSchema, (await workspace.apply(objects, hash)).json).hash
    const { json } = await workspace.send('/api/v1/workspaces/test/sources/clicks')
    return v.parse(timesSchema, json)
  }
  const source = sourceOf('old')
  const first = await timesAfter([source])
  expect(first.lastModifiedAt).toBe(first.createdAt)
  const { view, service } = latestClick(source)
  expect(await timesAfter([source, view, service])).toEqual(first)
  await workspace.send('/api/v1/workspaces/test/shards', {
    method: 'POST',
    body: JSON.stringify({ protocol: 1, join_keys: ['user'], shards: 2 }),
  })
  expect(await timesAfter([source, view, service])).toEqual(first)
  const updated = await timesAfter([sourceOf('new')])
  expect(updated.createdAt).toBe(first.createdAt)
  expect(updated.lastModifiedAt > first.lastModifiedAt).toBe(true)
})
