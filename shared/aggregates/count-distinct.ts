import type { Canonical } from '../fields/data-type.ts'
import { murmur3 } from '../murmur3.ts'
import type { Aggregate } from './aggregate.ts'
import { damaged } from './read-value.ts'
import { areRegisters, countRanks, raise, readRegisters, writeRegisters } from './registers.ts'

/** Any other seed than that of the index would do. */
const rankSeed = 0x9e3779b9

/** The standard error of the count, relative to it. */
export function countDistinctError(precision: number): number {
  return 1.04 / Math.sqrt(2 ** precision)
}

/**
 * About how many distinct texts or integers there are: HyperLogLog with 2^precision registers (4 to 16) and 64 bits
 * of hash; see {@link countDistinctError}. The state depends on the set of values alone: folding a value again or in
 * another order, or merging, changes nothing.
 * Source: P. Flajolet et al., "HyperLogLog", 2007; for the estimate O. Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches", 2017, algorithm 6, without its care for full registers: of 64 bits none fills.
 */
export function countDistinct(precision: number): Aggregate<string> {
  const size = 2 ** precision
  return {
    fold: (state = '', value) => {
      const text = textOf(value)
      const first = murmur3(text)
      return raise(
        state,
        first >>> (32 - precision),
        rankOf(first << precision, murmur3(text, rankSeed), precision),
        precision,
      )
    },
    merge: (a, b) => {
      const ranks = readRegisters(a, precision)
      const others = readRegisters(b, precision)
      for (let index = 0; index < ranks.length; index++) {
        ranks[index] = Math.max(ranks[index] ?? 0, others[index] ?? 0)
      }
      return writeRegisters(ranks)
    },
    finish: state => (state === undefined ? 0 : estimate(countRanks(state, precision), precision)),
    read: value => {
      if (typeof value === 'string' && areRegisters(value, precision, 65 - precision)) return value
      throw damaged('a count of distinct values', value)
    },
    sizeOf: state => state.length + 2,
    maxBytes: size + 2,
  }
}

/** A value's text; that of an Int64 is the same whether it is stored as a number or not. */
function textOf(value: Canonical): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw damaged('a text or an integer', value)
}

/** One more than the leading zeros of what the hash has beyond the index. */
function rankOf(rest: number, second: number, precision: number): number {
  if (rest !== 0) return Math.clz32(rest) + 1
  return 32 - precision + Math.clz32(second) + 1
}

function estimate(counts: Uint32Array, precision: number): number {
  const size = 2 ** precision
  const share = (rank: number) => (counts[rank] ?? 0) / size
  let sum = 0
  for (let rank = 65 - precision; rank >= 1; rank--) sum = 0.5 * (sum + share(rank))
  const count = Math.round(size / (2 * Math.LN2 * (sum + sigma(share(0)))))
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

/** x + Σ x^(2^k) · 2^(k-1), for the registers that are not set. */
function sigma(share: number): number {
  let [power, weight, sum, before] = [share, 1, share, -1]
  while (sum !== before) {
    power *= power
    before = sum
    sum += power * weight
    weight += weight
  }
  return sum
}
