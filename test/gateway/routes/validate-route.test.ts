import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { damagePartition, replaceObject } from '../support/damage.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const names = ['empty', 'flipped', 'gone', 'torn']
await workspace.apply([
  clicks,
  view,
  service,
  clicksSource('unlogged', { logOffline: false }),
  ...names.map(name => clicksSource(name)),
])

const validate = (source: string) => workspace.send(`${workspace.sourcePath(source)}/validate`)

async function roll(source: string): Promise<string> {
  await workspace.pushRecords(source, [click('a', 5), click('b', 1)])
  await workspace.send(`${workspace.sourcePath(source)}/roll`, { method: 'POST' })
  const { parts } = await workspace.catalogue(source).list({ format: 1 })
  return parts[0]?.key ?? ''
}

describe('GET …/validate', () => {
  it('says of each thing that a source consists of that it answers and agrees', async () => {
    await roll('clicks')
    await workspace.pushRecords('clicks', [click('c', 9)])
    const { status, json } = await validate('clicks')
    expect(status).toBe(200)
    expect(json).toEqual({
      protocol: 1,
      valid: true,
      checks: [
        {
          what: 'partition 0',
          outcome: 'ok',
          sentence: 'It answers and agrees: 3 accepted, 1 in the tail, 2 in parts, 0 expired.',
        },
        {
          what: `feature view ${view.name}`,
          outcome: 'ok',
          sentence: `Feature view "${view.name}" is served.`,
        },
        {
          what: 'newest part',
          outcome: 'ok',
          sentence: expect.stringMatching(
            /^The part \S+ has the digest that the catalogue holds, and 2 rows that can be read\.$/,
          ),
        },
      ],
    })
  })

  it.each(['empty', 'unlogged'])('takes a source without parts: %s', async source => {
    expect((await validate(source)).json).toMatchObject({ valid: true })
  })

  it('finds a newest part that is another, or none', async () => {
    await replaceObject(await roll('flipped'), bytes =>
      Uint8Array.from(bytes, (byte, at) => (at === 40 ? byte ^ 1 : byte)),
    )
    expect((await validate('flipped')).json).toMatchObject({
      valid: false,
      checks: [
        { what: 'partition 0', outcome: 'ok' },
        { outcome: 'failed', sentence: expect.stringContaining('does not have the digest') },
      ],
    })
    await env.LOG.delete(await roll('gone'))
    expect((await validate('gone')).json).toMatchObject({
      valid: false,
      checks: [
        {},
        { outcome: 'failed', sentence: expect.stringContaining('is not in the object') },
      ],
    })
  })

  it('finds a tail that cannot be read', async () => {
    await workspace.pushRecords('torn', [click('a', 5)])
    await damagePartition(workspace, 'torn', "UPDATE segment_0 SET body = body || ' '")
    const { json } = await validate('torn')
    expect(json).toMatchObject({
      valid: false,
      checks: [{ what: 'partition 0', outcome: 'failed' }, { outcome: 'ok' }],
    })
  })

  it('answers 404 for what was not applied', async () => {
    expect((await validate('none')).json).toMatchObject({ code: 'unknown_source' })
  })
})
