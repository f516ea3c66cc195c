import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Range } from '../../../gateway/contracts/message.ts'
import {
  decodeProducerState,
  encodeProducerState,
  foldRequest,
  newProducerState,
} from '../../../gateway/log/producer-state.ts'
import { clip, piecesOf } from '../../../gateway/log/read-log.ts'
import { sealHeader } from '../../../gateway/log/row-digest.ts'
import {
  decodeRowHeader,
  encodeRowHeader,
  type RowHeader,
  type RowRequest,
} from '../../../gateway/log/row-header.ts'
import { decodeSegmentNotes, encodeSegmentNotes } from '../../../gateway/log/segment-notes.ts'
import { openRow } from '../../../gateway/log/stored-row.ts'

const count = fc.nat(1_000_000)
const range = fc
  .tuple(count, fc.integer({ min: 1, max: 50 }))
  .map(([start, length]): Range => [start, start + length])
const rejection = fc.record(
  {
    sequence: count,
    code: fc.constantFrom('wrong_type' as const, 'bad_text' as const),
    field: fc.string(),
  },
  { requiredKeys: ['sequence', 'code'] },
)
const request: fc.Arbitrary<RowRequest> = fc.record(
  {
    producer: fc.string(),
    kind: fc.constantFrom('named' as const, 'keyed' as const, 'unnamed' as const),
    bodyDigest: fc.string(),
    floor: count,
    version: count,
    accepted: fc.array(range, { maxLength: 3 }),
    rejected: fc.array(rejection, { maxLength: 3 }),
  },
  { requiredKeys: ['producer', 'kind', 'floor', 'version', 'accepted', 'rejected'] },
)
const header: fc.Arbitrary<RowHeader> = fc.record(
  {
    format: fc.constantFrom(1 as const, 2 as const),
    ingestUs: count,
    requests: fc.array(request, { maxLength: 3 }),
    slots: fc.dictionary(
      fc.stringMatching(/^[a-z2-7]{12}$/),
      fc.array(fc.nat(255), { maxLength: 5 }),
    ),
    eventTimes: fc.tuple(fc.string(), fc.string()),
  },
  { requiredKeys: ['format', 'ingestUs', 'requests', 'slots'] },
)

const place = { start: 7, records: 2 }
const body = '{"n":1}\n{"n":2}'

/** A text with one character changed, as a flipped bit does it. */
function changedAt(text: string, at: number, by: number): string {
  const place = at % text.length
  const code = text.charCodeAt(place) ^ (1 << (by % 7))
  return `${text.slice(0, place)}${String.fromCharCode(code)}${text.slice(place + 1)}`
}

/** Every text with one bit of one character flipped. */
function* flippedAnywhere(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let by = 0; by < 7; by++) yield changedAt(text, at, by)
  }
}

describe('the header of a row', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(header, header => {
        const text = encodeRowHeader(header, place, body)
        expect(decodeRowHeader(text, place)?.header).toEqual(header)
        expect(openRow({ ...place, header: text, body })).toMatchObject(
          header.format === 2 ? { header, text: body } : {},
        )
      }),
    )
  })

  it('is refused in another format or with what does not belong in it', () => {
    const good = { format: 1, ingestUs: 1, requests: [], slots: {} }
    expect(decodeRowHeader(JSON.stringify(good), place)).toEqual({ header: good })
    for (const bad of [
      { ...good, format: 2 },
      { ...good, format: 0 },
      { ...good, ingestUs: -1 },
      { ...good, slots: 3 },
      [],
    ]) {
      expect(decodeRowHeader(JSON.stringify(bad), place)).toBeUndefined()
    }
    const newer = JSON.stringify({ ...good, format: 3 })
    expect(() => decodeRowHeader(newer, place)).toThrow(/format 3 .* newer gateway/)
  })

  it('shows every changed character of header, body and place', () => {
    fc.assert(
      fc.property(header, fc.nat(), fc.nat(), (made, at, by) => {
        const sealed = encodeRowHeader({ ...made, format: 2 }, place, body)
        const row = { ...place, header: sealed, body }
        for (const changed of [
          { ...row, header: changedAt(sealed, at, by) },
          { ...row, body: changedAt(body, at, by) },
          { ...row, start: row.start + 1 },
          { ...row, records: row.records - 1 },
        ]) {
          expect(openRow(changed)).toHaveProperty('damage')
        }
      }),
    )
  })

  it('is damaged, never a newer one, whichever of its bits flips', () => {
    fc.assert(
      fc.property(header, made => {
        const sealed = encodeRowHeader({ ...made, format: 2 }, place, body)
        for (const flipped of flippedAnywhere(sealed)) {
          expect(decodeRowHeader(flipped, place), flipped).toBeUndefined()
        }
      }),
      { numRuns: 10 },
    )
  })

  it('is refused where a newer gateway sealed it', () => {
    const newer = sealHeader('{"format":3,"ingestUs":1}', place, body)
    expect(() => openRow({ ...place, header: newer, body })).toThrow(/format 3 .* newer gateway/)
  })
})

describe("a producer's state", () => {
  it('is a fold of what its requests did, and comes back as it was written', () => {
    const state = newProducerState('keyed', 'digest')
    foldRequest(state, {
      producer: 'p',
      kind: 'keyed',
      floor: 2,
      version: 1,
      accepted: [
        [2, 5],
        [9, 11],
      ],
      rejected: [
        { sequence: 5, code: 'wrong_type', field: 'n' },
        { sequence: 7, code: 'bad_text' },
      ],
    })
    expect(state.received.ranges).toEqual([
      [2, 6],
      [7, 8],
      [9, 11],
    ])
    expect(decodeProducerState(encodeProducerState(state))).toEqual(state)
  })

  it('is refused in another format', () => {
    const text = encodeProducerState(newProducerState('named'))
    expect(() => decodeProducerState(text.replace('"format":1', '"format":2'))).toThrow(/newer/)
    expect(() => decodeProducerState(text.replace('"base":0', '"base":-1'))).toThrow()
  })
})

describe('the notes of a segment', () => {
  it('come back as they were written, and are refused when damaged', () => {
    const notes = {
      records: 2,
      bytes: 9,
      eventTimes: ['a', 'b'] as const,
      touches: { set: { 7: 1 } },
    }
    expect(decodeSegmentNotes(encodeSegmentNotes(notes))).toEqual(notes)
    expect(() => decodeSegmentNotes('{"records":"2"}')).toThrow()
  })
})

const line = (n: number) => JSON.stringify({ n })
const lines = (start: number, count: number) =>
  Array.from({ length: count }, (_, at) => line(start + at)).join('\n')
const bringing = (accepted: readonly Range[], version: number): RowRequest => ({
  producer: 'p',
  kind: 'named',
  floor: 0,
  version,
  accepted,
  rejected: [],
})

describe('reading stored rows', () => {
  it('gives one piece for each request that brought records', () => {
    const requests = [
      bringing(
        [
          [0, 2],
          [7, 8],
        ],
        1,
      ),
      bringing([], 1),
      bringing([[0, 1]], 2),
    ]
    const header: RowHeader = { format: 1, ingestUs: 5, requests, slots: {} }
    expect(piecesOf({ start: 10, records: 4, header, text: lines(10, 4) })).toEqual([
      { ingestUs: 5, version: 1, start: 10, text: lines(10, 3) },
      { ingestUs: 5, version: 2, start: 13, text: lines(13, 1) },
    ])
  })

  it('clips a piece to the offsets asked for', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.integer({ min: 1, max: 10 }),
        fc.nat(35),
        fc.nat(35),
        (start, count, low, high) => {
          const piece = { ingestUs: 1, version: 1, start, text: lines(start, count) }
          const after = Math.min(low, high) - 1
          const upTo = Math.max(low, high)
          const wanted = Array.from({ length: count }, (_, at) => start + at).filter(
            offset => offset > after && offset <= upTo,
          )
          const clipped = clip(piece, after, upTo)
          const texts = clipped?.piece.text.split('\n') ?? []
          expect(texts).toEqual(wanted.map(line))
          expect(clipped?.piece.start).toBe(wanted[0])
          expect(clipped?.last).toBe(wanted.at(-1))
        },
      ),
    )
  })
})
