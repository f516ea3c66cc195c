import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { damageCatalogue, replaceObject } from '../support/damage.ts'
import { numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(13)
const names = ['flipped', 'cut', 'emptied', 'swapped', 'gone', 'miscounted', 'moved']
await workspace.apply(names.map(name => plainSource(name)))
const message = { format: 1 }
const { append, lines, objects } = numbersIn(workspace)

async function partOf(source: string) {
  await append(source, 5)
  await workspace.partition(source).roll(message)
  const [object] = await objects(source)
  const { parts } = await workspace.catalogue(source).list(message)
  return { key: object?.key ?? '', name: parts[0]?.name ?? '' }
}

const damages: {
  readonly [source: string]: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>
} = {
  flipped: bytes => Uint8Array.from(bytes, (byte, at) => (at === 40 ? byte ^ 1 : byte)),
  cut: bytes => bytes.slice(0, -1),
  emptied: () => new Uint8Array(0),
  swapped: () => new Uint8Array(new TextEncoder().encode('PAR1 something else PAR1')),
}

describe('a damaged part', () => {
  it.each(Object.entries(damages))('is never served: %s', async (source, change) => {
    const { key, name } = await partOf(source)
    const path = `${workspace.sourcePath(source)}/parts/${name}`
    expect((await workspace.send(path)).status).toBe(200)
    await replaceObject(key, change)
    const refused = await workspace.send(path)
    expect(refused.status).toBe(500)
    expect(refused.json).toMatchObject({
      code: 'damaged',
      detail: `The part ${name} does not have the digest that the catalogue holds.`,
    })
    await expect(lines(source)).rejects.toThrow()
  })

  it('is named when the object store does not have it', async () => {
    const { key, name } = await partOf('gone')
    await env.LOG.delete(key)
    const { status, json } = await workspace.send(`${workspace.sourcePath('gone')}/parts/${name}`)
    expect(status).toBe(500)
    expect(json).toMatchObject({ detail: `The part ${name} is not in the object store.` })
  })

  it.each([
    ['miscounted', 'UPDATE parts SET rows = 4'],
    ['moved', 'UPDATE parts SET start_offset = 1, end_offset = 6'],
  ])('breaks a data frame off when its rows are others than listed: %s', async (source, change) => {
    await partOf(source)
    await damageCatalogue(workspace, source, change)
    await expect(lines(source)).rejects.toThrow()
  })

  it('breaks only what reads it', async () => {
    await append('flipped', 1, 5)
    const { json } = await workspace.send(`${workspace.sourcePath('flipped')}/summary`)
    expect(json).toMatchObject({ rows: 6 })
  })
})
