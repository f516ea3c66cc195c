import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { platformFeatureCopies } from '../../../gateway/platform/feature-copies.ts'

it('copies are read together, more than the platform reads at once', async () => {
  const copies = platformFeatureCopies(env.FEATURES)
  const keys = Array.from({ length: 250 }, (_, at) => `features/test/${at}`)
  for (const at of [0, 99, 100, 249]) await copies.put(keys[at] ?? '', `text ${at}`, 60)
  expect([...(await copies.get(keys))].sort()).toEqual([
    ['features/test/0', 'text 0'],
    ['features/test/100', 'text 100'],
    ['features/test/249', 'text 249'],
    ['features/test/99', 'text 99'],
  ])
  expect(await copies.get([])).toEqual(new Map())
})
