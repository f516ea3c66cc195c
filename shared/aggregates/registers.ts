/**
 * The registers of a HyperLogLog as one text: few as a sorted list of (index, rank), many as a rank for each. Which
 * of both is told by its length, and decided by how many are set, so that equal registers are equal texts.
 */

/** In ascending order of codes, so that texts of one length compare like the numbers they write. */
const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const unset = '-'

const decoder = new TextDecoder()

const values: Readonly<Uint8Array> = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, digits.indexOf(String.fromCharCode(code))),
)

/** Sets a register to a rank (1 to 63) unless it has a higher one. Cost: constant, or a copy of the text. */
export function raise(text: string, index: number, rank: number, precision: number): string {
  const size = 2 ** precision
  if (text.length === size) {
    return digitAt(text, index) >= rank ? text : replaced(text, index, index + 1, digitOf(rank))
  }
  const width = widthOf(precision)
  const key = keyOf(index, width)
  const at = placeOf(text, key, width + 1)
  const known = text.startsWith(key, at)
  if (known && digitAt(text, at + width) >= rank) return text
  const next = replaced(text, at, known ? at + width + 1 : at, key + digitOf(rank))
  return next.length < size ? next : writeRegisters(readList(next, precision))
}

/** The ranks of all registers, 0 where one is not set. */
export function readRegisters(text: string, precision: number): Uint8Array {
  const size = 2 ** precision
  if (text.length < size) return readList(text, precision)
  const ranks = new Uint8Array(size)
  for (let index = 0; index < size; index++) ranks[index] = digitAt(text, index)
  return ranks
}

function readList(text: string, precision: number): Uint8Array {
  const ranks = new Uint8Array(2 ** precision)
  const width = widthOf(precision)
  for (let at = 0; at < text.length; at += width + 1) {
    ranks[indexAt(text, at, width)] = digitAt(text, at + width)
  }
  return ranks
}

/** The text of the ranks of all registers. */
export function writeRegisters(ranks: Uint8Array): string {
  const width = widthOf(Math.log2(ranks.length))
  let set = 0
  for (const rank of ranks) if (rank > 0) set++
  if (set * (width + 1) >= ranks.length) {
    return decoder.decode(ranks.map(rank => digits.charCodeAt(rank)))
  }
  let text = ''
  for (let index = 0; index < ranks.length; index++) {
    const rank = ranks[index] ?? 0
    if (rank > 0) text += keyOf(index, width) + digitOf(rank)
  }
  return text
}

/** How many registers have each rank. */
export function countRanks(text: string, precision: number): Uint32Array {
  const counts = new Uint32Array(66)
  for (const rank of readRegisters(text, precision)) counts[rank] = (counts[rank] ?? 0) + 1
  return counts
}

/** Tells whether a text is what {@link writeRegisters} writes, of at least one register that is set. */
export function areRegisters(text: string, precision: number, maxRank: number): boolean {
  const size = 2 ** precision
  const width = widthOf(precision)
  if (text === '' || text.length > size || (text.length < size && text.length % (width + 1) > 0)) {
    return false
  }
  const ranks = readRegisters(text, precision)
  return ranks.every(rank => rank <= maxRank) && writeRegisters(ranks) === text
}

/** How many digits an index has. */
function widthOf(precision: number): number {
  return Math.ceil(precision / 6)
}

function keyOf(index: number, width: number): string {
  let key = ''
  for (let place = width - 1; place >= 0; place--) key += digitOf((index >> (6 * place)) & 63)
  return key
}

function indexAt(text: string, at: number, width: number): number {
  let index = 0
  for (let place = at; place < at + width; place++) index = (index << 6) | digitAt(text, place)
  return index
}

/** Where the entry of a key is, or would be. */
function placeOf(text: string, key: string, step: number): number {
  let [low, high] = [0, text.length / step]
  while (low < high) {
    const middle = (low + high) >> 1
    if (text.slice(middle * step, middle * step + key.length) < key) low = middle + 1
    else high = middle
  }
  return low * step
}

function replaced(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

function digitOf(value: number): string {
  return digits[value] ?? unset
}

function digitAt(text: string, at: number): number {
  return values[text.charCodeAt(at)] ?? 0
}
