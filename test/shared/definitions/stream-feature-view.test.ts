import { describe, expect, it } from 'vitest'
import { readEntity } from '../../../shared/definitions/entity.ts'
import { readFeatureService } from '../../../shared/definitions/feature-service.ts'
import { readFeatureView } from '../../../shared/definitions/stream-feature-view.ts'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
  ValidationError,
} from '../../../shared/index.ts'
import { Array, Field, Float64, Int64, String, Struct, Timestamp } from '../../../shared/types.ts'

const flights = StreamSource({
  name: 'flights',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'date' }),
  schema: [
    Field('date', Timestamp),
    Field('delay', Int64),
    Field('origin', String),
    Field('gate', String, { nullable: true }),
    Field('stops', Array(Struct([Field('airport', String)]))),
  ],
})
const unkept = StreamSource({
  name: 'unkept',
  streamConfig: PushConfig({ timestampField: 'date' }),
  schema: flights.schema,
})
const origin = Entity({ name: 'origin', joinKeys: [Field('origin', String)] })
const bare = {
  name: 'bare',
  streamConfig: PushConfig(),
  schema: [Field('at', Timestamp), Field('n', Int64)],
}
const flightView = {
  name: 'latest',
  source: flights,
  entities: [origin],
  features: [Attribute('delay', Int64)],
}

describe('an edge cache', () => {
  it('keeps what it was declared as, and is refused where it cannot be', () => {
    const view = StreamFeatureView({ ...flightView, edgeCache: { maxAge: '5m' } })
    expect(view.edgeCache).toEqual({ maxAge: '5m' })
    expect(Object.isFrozen(view.edgeCache)).toBe(true)
    for (const edgeCache of [
      { maxAge: '59s' },
      { maxAge: '25h' },
      {},
      { maxAge: 60 },
      'on',
      null,
    ]) {
      expect(() => readFeatureView({ ...flightView, edgeCache })).toThrow(ValidationError)
    }
  })
})

describe('definitions of features', () => {
  it('are frozen plain data with defaults written out', () => {
    const view = StreamFeatureView({ ...flightView, ttl: '30d' })
    expect(view).toEqual({
      kind: 'stream_feature_view',
      name: 'latest',
      source: flights,
      entities: [origin],
      timestampField: 'date',
      features: [{ kind: 'attribute', name: 'delay', dtype: Int64 }],
      online: true,
      offline: false,
      ttl: '30d',
      tags: {},
      preventDestroy: false,
    })
    const service = FeatureService({ name: 'fraud:v2', features: [view] })
    for (const definition of [view, view.features, view.entities, origin, service]) {
      expect(Object.isFrozen(definition)).toBe(true)
    }
  })
})

describe('entities', () => {
  it.each<[string, unknown]>([
    ['no join keys', []],
    ['a nullable join key', [Field('a', String, { nullable: true })]],
    ['a float as join key', [Field('a', Float64)]],
    ['a list as join key', [Field('a', Array(String))]],
  ])('refuse %s', (_, joinKeys) => {
    expect(() => readEntity({ name: 'e', joinKeys })).toThrow(ValidationError)
  })
})

describe('feature views', () => {
  it('need a name for the time of a source that has none', () => {
    const source = StreamSource({
      ...bare,
      schema: [Field('a', Timestamp), Field('b', Timestamp), Field('n', Int64)],
    })
    const user = Entity({ name: 'user', joinKeys: [Field('n', Int64)] })
    const options = { name: 'v', source, entities: [user], features: [Attribute('n', Int64)] }
    expect(() => readFeatureView(options)).toThrow('has no event time')
    expect(readFeatureView({ ...options, timestampField: 'b' }).timestampField).toBe('b')
  })

  it.each<[string, object, string]>([
    ['a feature that is no column', { features: [Attribute('speed', Int64)] }, 'no column "speed"'],
    ['a feature of another type', { features: [Attribute('delay', Float64)] }, 'another type'],
    [
      'a feature whose inner type differs',
      { features: [Attribute('stops', Array(Struct([Field('airport', Int64)])))] },
      'another type',
    ],
    [
      'a feature twice',
      { features: [Attribute('delay', Int64), Attribute('delay', Int64)] },
      'same name',
    ],
    ['no features', { features: [] }, 'features is a list'],
    ['a feature that is none', { features: ['delay'] }, 'no Attribute'],
    ['no entities', { entities: [] }, 'entities is a list'],
    ['an entity that is none', { entities: [flights] }, 'no Entity'],
    ['the same join key twice', { entities: [origin, origin] }, 'same name'],
    [
      'a join key of another type',
      { entities: [Entity({ name: 'e', joinKeys: [Field('origin', Int64)] })] },
      'another type',
    ],
    [
      'a join key that may be null in the source',
      { entities: [Entity({ name: 'e', joinKeys: [Field('gate', String)] })] },
      'nullable',
    ],
    ['a time that is no Timestamp', { timestampField: 'delay' }, 'no column of type Timestamp'],
    ['a source that is none', { source: origin }, 'source is a StreamSource'],
    ['a duration of nothing', { ttl: '0d' }, 'ttl is a duration'],
    ['a duration without unit', { ttl: '30' }, 'ttl is a duration'],
    ['a duration of ages', { ttl: '36501d' }, 'ttl is a duration'],
    ['a number for a duration', { ttl: 30 }, 'ttl is a duration'],
    ['an unknown option', { mode: 'python' }, 'no option "mode"'],
    ['training data without history', { source: unkept, offline: true }, 'needs a history'],
  ])('refuse %s', (_, change, sentence) => {
    expect(() => readFeatureView({ ...flightView, ...change })).toThrow(ValidationError)
    expect(() => readFeatureView({ ...flightView, ...change })).toThrow(sentence)
  })
})

describe('feature services', () => {
  const view = StreamFeatureView(flightView)
  it.each<[string, object]>([
    ['a name with a hyphen', { name: 'a-b', features: [view] }],
    ['no views', { name: 'a', features: [] }],
    ['a view twice', { name: 'a', features: [view, view] }],
    ['a source for a view', { name: 'a', features: [flights] }],
  ])('refuse %s', (_, options) => {
    expect(() => readFeatureService(options)).toThrow(ValidationError)
  })
})
