import { describe, expect, it } from 'vitest'
import { replaceObject } from '../support/damage.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(31, 'reading')
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const twofold = ['numbers', 'other'].map(name => plainSource(name, 2))
await workspace.apply([clicks, view, service, ...twofold, plainSource('broken')])
const { append, objects } = numbersIn(workspace)

const frame = (source: string, query = '') =>
  workspace.send(`${workspace.sourcePath(source)}/dataframe${query}`)

describe('GET {source}', () => {
  it('gives the definition as it was applied, and what the gateway made of it', async () => {
    const { status, json } = await workspace.send(workspace.sourcePath('clicks'))
    expect([status, json]).toEqual([
      200,
      {
        protocol: 1,
        id: workspace.idOf('stream_source', 'clicks'),
        version: 1,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        lastModifiedAt: expect.stringMatching(/Z$/),
        definition: expect.objectContaining({
          name: 'clicks',
          form: 'stream_source',
          schema: expect.arrayContaining([
            { name: 'score', dtype: 'float64', nullable: true },
            { name: 'n', dtype: 'int64', nullable: false },
          ]),
        }),
      },
    ])
  })

  it('answers 404 for what was not applied', async () => {
    const { json } = await workspace.send(workspace.sourcePath('none'))
    expect(json).toMatchObject({ status: 404, code: 'unknown_source' })
  })
})

describe('a data frame with progress=true', () => {
  it('ends by saying how many rows it gave, and only then', async () => {
    await append('numbers', 3)
    expect((await frame('numbers')).text).toBe(`${firstLines(3).join('\n')}\n`)
    expect((await frame('numbers', '?progress=true')).text).toBe(
      `${firstLines(3).join('\n')}\n{"_end":3}\n`,
    )
    const rest = await frame('numbers', '?progress=true&cut=0:2,1:-1&after=0:1')
    expect(rest.text).toBe('{"n":2}\n{"_end":1}\n')
    expect((await frame('other', '?progress=true')).text).toBe('{"_end":0}\n')
  })

  it('says how far it is where much was read and nothing fits', async () => {
    await workspace.pushRecords('clicks', [click('a', 1), click('b', 2)])
    const none = '?progress=true&start_time=2030-01-01&columns=n'
    expect((await frame('clicks', none)).text).toBe('{"_reached":"0:1"}\n{"_end":0}\n')
    const some = '?progress=true&start_time=2026-01-02T00:00:02Z&columns=n'
    expect((await frame('clicks', some)).text).toBe('{"n":2}\n{"_end":1}\n')
  })
})

describe('who goes on with a data frame that broke', () => {
  it('is told why, where it can never be whole', async () => {
    await append('broken', 5)
    await workspace.partition('broken').roll({ format: 1 })
    const [object] = await objects('broken')
    await replaceObject(object?.key ?? '', bytes => bytes.slice(0, -1))
    const { status, json } = await frame('broken', '?cut=0:4')
    expect([status, json]).toMatchObject([
      500,
      { code: 'damaged', detail: expect.stringContaining('does not have the digest') },
    ])
  })
})

describe('get-features with includeMarks', () => {
  it('names the cut of which the values are a fold', async () => {
    await workspace.pushRecords('clicks', [click('a', 5), click('b', 6)])
    const cut = (await frame('clicks')).headers.get('tidegate-cut')
    const { json } = await workspace.features(
      'clicks_features',
      { user: 'b' },
      { includeMarks: true },
    )
    expect(json).toMatchObject({
      result: { features: ['6', null] },
      metadata: { marks: { latest_clicks: { source: 'clicks', cut } } },
    })
    const { json: without } = await workspace.features(
      'clicks_features',
      { user: 'b' },
      { includeNames: true },
    )
    expect(without).not.toHaveProperty('metadata.marks')
  })
})
