import { producerPattern, protocolVersion } from '../../shared/ingest-protocol.ts'
import { limits } from '../../shared/limits.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import { slotOf } from '../online/entity-key.ts'
import { extendRanges } from '../sequence-ranges.ts'
import type { ElementPattern } from './canonical-pattern.ts'
import type { CompiledDefinitions, CompiledSource } from './compiled-source.ts'
import { latestEventTime, slotsOf } from './judge-records.ts'
import type { JudgedSource } from './judged-source.ts'
import { type ParsedIngest, type ParsedSource, parseIngestRequest } from './parse-ingest-request.ts'

const producer = producerPattern.source.slice(1, -1)
const floor = '"[A-Za-z]\\w{0,62}":(?:0|[1-9]\\d{0,14})'
/** What our own client writes before the records, member by member. */
const head = new RegExp(
  `^\\{"protocol":${protocolVersion},"workspace_name":"([^"\\\\\\x00-\\x1f]+)","producer":"(${producer})","floors":(\\{(?:${floor}(?:,${floor})*)?\\}),"records":\\{`,
)
const sourceHead = /"([A-Za-z]\w{0,62})":\[/y

/** Whether a body begins as our own client's do, so that scanning it may succeed. */
export function isClientBody(text: string): boolean {
  return head.test(text)
}

/**
 * Reads a request whose records are all written as the schema would write them: they are admitted as they
 * stand, parsed by nobody. Gives nothing for any other request; then parsing and judging give the answer, and
 * what this gives is what those would give. Cost: 1 µs a record, a third of parsing and judging it.
 */
export function scanRequest(
  text: string,
  definitions: CompiledDefinitions,
  nowMs: number,
): ParsedIngest | undefined {
  const [opening = '', workspace, producer, floorsText = ''] = head.exec(text) ?? []
  if (workspace === undefined || producer === undefined || !text.isWellFormed()) return undefined
  const floors = new Map<string, number>(Object.entries(JSON.parse(floorsText)))
  const sources = new Map<string, ParsedSource>()
  let at = opening.length
  let count = 0
  for (let more = true; more; ) {
    sourceHead.lastIndex = at
    const name = sourceHead.exec(text)?.[1]
    const compiled = name === undefined ? undefined : definitions.source(name)
    if (name === undefined || compiled?.pattern === undefined || sources.has(name)) return undefined
    const scanned = scanRecords(text, sourceHead.lastIndex, compiled, compiled.pattern, nowMs)
    if (scanned === undefined) return undefined
    const { judged, lowest } = scanned
    const given = floors.get(name) ?? 0
    if (given > lowest) return undefined
    sources.set(name, scannedSource(text, judged, given))
    count += judged.admitted.length
    at = scanned.end
    more = text[at] === ','
    if (more) at++
  }
  const within = sources.size <= limits.maxSourcesPerRequest && count <= limits.maxRecordsPerRequest
  if (!within || text.length !== at + 2 || !text.endsWith('}}')) return undefined
  const parsed = [...sources.values()]
  return { workspace, dryRun: false, allowPartial: false, producer, sources: parsed }
}

/** Judged already; parsed only if newer definitions make it be judged again. */
function scannedSource(text: string, judged: JudgedSource, floor: number): ParsedSource {
  const { name } = judged
  return {
    name,
    floor,
    count: judged.admitted.length,
    judged,
    get elements() {
      const parse = parseIngestRequest(text)
      const sources = parse.outcome === 'parsed' ? parse.request.sources : []
      const same = sources.find(source => source.name === name)
      if (same === undefined) throw new Error('A request was scanned that does not parse.')
      return same.elements
    },
  }
}

/** Admits the elements from `start` to the end of their array, or gives nothing where one is not canonical. */
function scanRecords(
  text: string,
  start: number,
  compiled: CompiledSource,
  pattern: ElementPattern,
  nowMs: number,
): { readonly judged: JudgedSource; readonly lowest: number; readonly end: number } | undefined {
  const { expression, parts, time } = pattern
  const latest = latestEventTime(nowMs)
  const texts: string[] = []
  const sequences: [number, number][] = []
  const slots = compiled.entitySets.map((): number[] => [])
  let lowest = Number.POSITIVE_INFINITY
  let first = ''
  let last = ''
  let lastMillis = ''

  expression.lastIndex = start
  for (let more = true; more; ) {
    const match = expression.exec(text)
    if (match === null || !areNumbersCanonical(pattern, match)) return undefined
    let record = ''
    for (const part of parts) record += match[part] ?? '000'
    if (record.length * 3 > limits.maxRecordBytes && utf8Length(record) > limits.maxRecordBytes) {
      return undefined
    }
    texts.push(record)
    const millis = time && match[time.millis]
    if (time !== undefined && millis !== undefined) {
      const micros = match[time.micros] ?? '000'
      // Most times lie between the others, and their milliseconds tell.
      if (!(millis > first && millis < lastMillis)) {
        const eventTime = `${millis}${micros}Z`
        if (eventTime > latest) return undefined
        if (first === '' || eventTime < first) first = eventTime
        if (eventTime > last) {
          last = eventTime
          lastMillis = millis
        }
      }
    }
    for (let at = 0; at < slots.length; at++) {
      const { joinKeys = [] } = compiled.entitySets[at] ?? {}
      slots[at]?.push(slotOf(entityKeyIn(match, pattern, joinKeys)))
    }
    const sequence = Number(match[pattern.sequence])
    if (sequence < lowest) lowest = sequence
    extendRanges(sequences, sequence)
    more = match[pattern.end] === ','
  }
  const joined = texts.join('\n')
  const judged: JudgedSource = {
    name: compiled.source.name,
    compiled,
    admitted: texts.map((_, at) => at),
    text: joined,
    bytes: joined.length * 3 > limits.maxRequestBytes ? utf8Length(joined) : joined.length,
    sequences,
    slots: slotsOf(compiled, slots),
    eventTimes: first === '' ? undefined : [first, last],
    rejected: [],
  }
  return { judged, lowest, end: expression.lastIndex }
}

/** Whether every number is spelt as JavaScript would spell it. */
function areNumbersCanonical({ numbers }: ElementPattern, match: RegExpExecArray): boolean {
  for (const { group, single } of numbers) {
    const spelt = match[group]
    if (spelt === undefined) continue
    const number = Number(spelt)
    if (String(single ? Math.fround(number) : number) !== spelt) return false
  }
  return true
}

/** The same text as `entityKeyOf` gives of the parsed record: a canonical value's JSON is as it stands. */
function entityKeyIn(
  match: RegExpExecArray,
  { fields }: ElementPattern,
  joinKeys: readonly string[],
): string {
  let key = ''
  for (const name of joinKeys) {
    const group = fields.get(name)
    key += `${key === '' ? '' : ','}${group === undefined ? 'null' : match[group]}`
  }
  return `[${key}]`
}
