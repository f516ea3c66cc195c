/** The exact value of a double as a multiple of 2^-1074, so that sums of them are exact. */
export function exactly(double: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, double)
  const [high, low] = [bits.getUint32(0), bits.getUint32(4)]
  const exponent = (high >>> 20) & 0x7ff
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(low)
  const size = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1)
  return high >>> 31 === 1 ? -size : size
}

/** One, as a multiple of 2^-1074. */
export const one = exactly(1)

export function sumOf(numbers: readonly bigint[]): bigint {
  return numbers.reduce((sum, number) => sum + number, 0n)
}

export function sizeOf(number: bigint): bigint {
  return number < 0n ? -number : number
}
