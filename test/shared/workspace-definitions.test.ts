import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Attribute,
  Entity,
  FeatureService,
  FileConfig,
  PushConfig,
  PushSource,
  StreamFeatureView,
  StreamSource,
  ValidationError,
} from '../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'
import {
  canonicalJson,
  decodeDefinitions,
  hashDefinitions,
  workspaceDefinitions,
} from '../../shared/workspace-definitions.ts'
import { arbitraryDefinitions } from './arbitrary-definitions.ts'

const prod = { name: 'prod', live: true }
const flights = StreamSource({
  name: 'flights',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'date', partitions: 4 }),
  schema: [Field('date', Timestamp), Field('delay', Int64), Field('origin', String)],
  tags: { team: 'ops', area: 'air' },
})
const orders = PushSource({
  name: 'orders',
  schema: [Field('id', String)],
  batchConfig: FileConfig({ uri: 's3://b/k.pq', fileFormat: 'parquet', dataDelay: '1h' }),
})
const origin = Entity({ name: 'origin', joinKeys: [Field('origin', String)] })
const latest = StreamFeatureView({
  name: 'latest',
  source: flights,
  entities: [origin],
  features: [Attribute('delay', Int64)],
  ttl: '30d',
})
const service = FeatureService({ name: 'flights:v1', features: [latest], owner: 'me' })
const all = workspaceDefinitions(prod, [service, orders])

/** The canonical JSON of `all` with one change, as a hostile or old sender may have it. */
function changed(change: (json: { [key: string]: unknown[] }) => void): unknown {
  const json = JSON.parse(canonicalJson(all))
  change(json)
  return json
}

describe('workspaceDefinitions', () => {
  it('follows references and sorts by name', () => {
    expect(all.sources).toEqual([flights, orders])
    expect(all.entities).toEqual([origin])
    expect(all.featureViews).toEqual([latest])
    expect(all.featureServices).toEqual([service])
    expect(Object.isFrozen(all) && Object.isFrozen(all.sources)).toBe(true)
  })

  it('leaves out what is no definition', () => {
    const others = [null, 1, 'flights', String, PushConfig(), Attribute('a', Int64), () => flights]
    const lookAlike = { kind: 'entity' }
    expect(workspaceDefinitions(prod, [...others, lookAlike, [flights]])).toEqual(
      workspaceDefinitions(prod, []),
    )
  })

  it('takes the same object often but no two of one name', () => {
    expect(workspaceDefinitions(prod, [flights, flights, latest]).sources).toEqual([flights])
    const copy = StreamSource({ ...optionsOf(flights), description: 'Another' })
    expect(() => workspaceDefinitions(prod, [flights, copy])).toThrow(
      'Two different sources are named "flights"',
    )
    expect(() => workspaceDefinitions(prod, [copy, latest])).toThrow(ValidationError)
    const shout = StreamSource({ ...optionsOf(flights), name: 'Flights' })
    expect(() => workspaceDefinitions(prod, [flights, shout])).toThrow('same name')
  })

  it.each(['prod', 'my-team', 'a_b'])('allows the workspace name %s', name => {
    expect(workspaceDefinitions({ name, live: false }, []).name).toBe(name)
  })

  it.each(['', 'a:b', '-a', 'a__b', 'a b'])('refuses the workspace name %j', name => {
    expect(() => workspaceDefinitions({ name, live: false }, [])).toThrow(ValidationError)
  })
})

describe('canonicalJson', () => {
  it('writes every default, sorted keys and references by name', () => {
    const small = workspaceDefinitions(prod, [
      StreamSource({ name: 's', streamConfig: PushConfig(), schema: [Field('id', String)] }),
    ])
    expect(canonicalJson(small)).toBe(
      '{"entities":[],"featureServices":[],"featureViews":[],"format":1,"live":true,"name":"prod",' +
        '"sources":[{"form":"stream_source","name":"s","preventDestroy":false,' +
        '"schema":[{"dtype":"string","name":"id","nullable":false}],' +
        '"streamConfig":{"kind":"push_config","logOffline":false,"partitions":1},"tags":{}}]}',
    )
  })

  it('does not depend on the order of declaration', () => {
    const objects = [orders, service, flights, origin, latest]
    fc.assert(
      fc.property(fc.shuffledSubarray(objects, { minLength: objects.length }), shuffled => {
        expect(canonicalJson(workspaceDefinitions(prod, shuffled))).toBe(canonicalJson(all))
      }),
    )
  })

  it('has a hash that any change changes', async () => {
    const hash = await hashDefinitions(canonicalJson(all))
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    const dev = workspaceDefinitions({ name: 'prod', live: false }, [service, orders])
    expect(await hashDefinitions(canonicalJson(dev))).not.toBe(hash)
  })
})

describe('decodeDefinitions', () => {
  it('gives back what was declared', () => {
    expect(canonicalJson(decodeDefinitions(JSON.parse(canonicalJson(all))))).toBe(
      canonicalJson(all),
    )
    const [source] = decodeDefinitions(JSON.parse(canonicalJson(all))).sources
    expect(source?.schema[1]?.dtype).toBe(Int64)
  })

  it('gives the same text for any definitions', () => {
    fc.assert(
      fc.property(arbitraryDefinitions, definitions => {
        const text = canonicalJson(definitions)
        expect(canonicalJson(decodeDefinitions(JSON.parse(text)))).toBe(text)
      }),
    )
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['an empty object', {}],
    ['a newer format', changed(json => Object.assign(json, { format: 2 }))],
    ['another key', changed(json => Object.assign(json, { more: [] }))],
    ['a missing list', changed(json => delete json.entities)],
    ['a list that is none', changed(json => Object.assign(json, { sources: {} }))],
    ['a name that is none', changed(json => Object.assign(json, { name: '../prod' }))],
    ['a flag that is none', changed(json => Object.assign(json, { live: 'yes' }))],
    ['a dangling source', changed(json => json.sources?.shift())],
    ['a dangling entity', changed(json => json.entities?.shift())],
    ['a dangling view', changed(json => json.featureViews?.shift())],
    ['a source that is none', changed(json => json.sources?.push(null))],
    ['an unknown form', changed(json => json.sources?.push({ name: 'a', form: 'kafka' }))],
    ['a view that is none', changed(json => json.featureViews?.push(7))],
    [
      'a reference that is no name',
      changed(json => json.featureServices?.push({ name: 'x', features: [{}] })),
    ],
    [
      'inherited names',
      changed(json => json.featureServices?.push({ name: 'x', features: ['constructor'] })),
    ],
    [
      'two sources of one name',
      changed(json => json.sources?.push({ ...Object(json.sources[0]), owner: 'x' })),
    ],
    [
      'a changed column',
      changed(json =>
        Object.assign(Object(json.sources?.[0]), {
          schema: [{ name: 'date', dtype: 'timestamp' }],
        }),
      ),
    ],
    [
      'a prototype in disguise',
      JSON.parse(canonicalJson(all).replace('"live":', '"__proto__":{},"live":')),
    ],
    ['a tag as prototype', JSON.parse(canonicalJson(all).replace('"area":', '"__proto__":'))],
    [
      'types nested 10,000 deep',
      changed(json =>
        Object.assign(Object(json.sources?.[0]), {
          schema: [{ name: 'a', dtype: nestedJson(10_000) }],
        }),
      ),
    ],
  ])('refuses %s', (_, value) => {
    expect(() => decodeDefinitions(value)).toThrow(ValidationError)
  })

  it('refuses or accepts anything without another error', () => {
    const junk = fc.oneof(fc.jsonValue(), fc.anything())
    const place = fc.constantFrom('sources', 'entities', 'featureViews', 'featureServices')
    const key = fc.constantFrom(
      'name',
      'form',
      'schema',
      'streamConfig',
      'batchConfig',
      'tags',
      'joinKeys',
      'source',
      'entities',
      'features',
      'ttl',
      'timestampField',
      'online',
    )
    fc.assert(
      fc.property(junk, place, key, (value, list, name) => {
        const json = changed(definitions =>
          Object.assign(Object(definitions[list]?.[0]), { [name]: value }),
        )
        try {
          decodeDefinitions(json)
        } catch (error) {
          expect(error).toBeInstanceOf(ValidationError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

function optionsOf({ name, streamConfig, schema }: typeof flights) {
  return { name, streamConfig, schema }
}

function nestedJson(depth: number): unknown {
  return JSON.parse(`${'{"kind":"array","element":'.repeat(depth)}"bool"${'}'.repeat(depth)}`)
}
