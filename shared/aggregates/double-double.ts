/**
 * A number of about 106 bits: the sum of two, the first being that sum rounded to the nearest double.
 * Source: T. J. Dekker, "A floating-point technique for extending the available precision", 1971;
 * D. E. Knuth, TAOCP 2, 4.2.2, theorem B. Nothing here may overflow: callers scale.
 */
export type DoubleDouble = readonly [high: number, low: number]

/** The exact sum of two doubles. */
export function twoSum(a: number, b: number): DoubleDouble {
  const sum = a + b
  const part = sum - a
  return [sum, a - (sum - part) + (b - part)]
}

/** The exact square of a double below 2^480 and not below 2^-480, but for zero. */
export function twoSquare(value: number): DoubleDouble {
  // Veltkamp's split into halves of 26 bits.
  const spread = value * 134_217_729
  const high = spread - (spread - value)
  const low = value - high
  const square = value * value
  return [square, high * high - square + 2 * high * low + low * low]
}

/** A sum with a relative error of 2^-105; exact for whole numbers below 2^106. */
export function plus(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = twoSum(a[0], b[0])
  const low = twoSum(a[1], b[1])
  const sum = renormal(high[0], high[1] + low[0])
  return renormal(sum[0], sum[1] + low[1])
}

/** A square with a relative error of 2^-103. */
export function squareOf(a: DoubleDouble): DoubleDouble {
  const [high, low] = twoSquare(a[0])
  return renormal(high, low + 2 * a[0] * a[1])
}

/** A quotient with a relative error of 2^-103. */
export function dividedBy(a: DoubleDouble, divisor: number): DoubleDouble {
  const quotient = a[0] / divisor
  const [product, productRest] = twoProduct(quotient, divisor)
  const rest = a[0] - product - productRest + a[1]
  return renormal(quotient, rest / divisor)
}

/** The exact product of two doubles, each within 2^±480. */
function twoProduct(a: number, b: number): DoubleDouble {
  const spreadA = a * 134_217_729
  const spreadB = b * 134_217_729
  const highA = spreadA - (spreadA - a)
  const highB = spreadB - (spreadB - b)
  const [lowA, lowB] = [a - highA, b - highB]
  const product = a * b
  return [product, highA * highB - product + highA * lowB + lowA * highB + lowA * lowB]
}

/** The exact sum of two doubles of which the second is much smaller. */
function renormal(high: number, low: number): DoubleDouble {
  const sum = high + low
  return [sum, low - (sum - high)]
}
