import type { AggregationWindow } from '../aggregates/aggregation-window.ts'
import { requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type Duration, durationMs, durationText, readDuration } from './duration.ts'

/** A span of time before a moment: `'-1h'`, or `'0s'` for none. */
export type TimeBefore = `-${Duration}` | '0s'

/** A window as a definition takes it: a duration is short for a window of that size. */
export type WindowOption = Duration | AggregationWindow

/** Windows of one series. */
const maxSeriesWindows = 1_000

/** Records of the last `windowSize` before the moment of a reading, or before `offset` before it. */
export function TimeWindow(options: {
  readonly windowSize: Duration
  readonly offset?: TimeBefore
}): AggregationWindow {
  const where = 'TimeWindow'
  const { windowSize, offset } = requireOptions(where, options, ['windowSize', 'offset'])
  return readWindow(where, {
    kind: 'time',
    sizeMs: sizeOf(where, 'windowSize', windowSize),
    offsetMs: beforeOf(where, 'offset', offset ?? '0s'),
  })
}

/** All records there ever were. */
export function LifetimeWindow(): AggregationWindow {
  return readWindow('LifetimeWindow', { kind: 'lifetime' })
}

/** A window of `windowSize` each `stepSize`, from `seriesStart` to `seriesEnd`: a list, the oldest first. */
export function TimeWindowSeries(options: {
  readonly seriesStart: TimeBefore
  readonly seriesEnd?: TimeBefore
  readonly windowSize: Duration
  readonly stepSize?: Duration
}): AggregationWindow {
  const where = 'TimeWindowSeries'
  const known = ['seriesStart', 'seriesEnd', 'windowSize', 'stepSize']
  const { seriesStart, seriesEnd, windowSize, stepSize } = requireOptions(where, options, known)
  const sizeMs = sizeOf(where, 'windowSize', windowSize)
  return readWindow(where, {
    kind: 'series',
    startMs: beforeOf(where, 'seriesStart', seriesStart),
    endMs: beforeOf(where, 'seriesEnd', seriesEnd ?? '0s'),
    sizeMs,
    stepMs: stepSize === undefined ? sizeMs : sizeOf(where, 'stepSize', stepSize),
  })
}

/** Makes a window of a duration, or of anything that has its shape, by every rule. */
export function readWindow(where: string, value: unknown): AggregationWindow {
  if (!isPlainObject(value)) {
    return Object.freeze({ kind: 'time', sizeMs: sizeOf(where, 'timeWindow', value), offsetMs: 0 })
  }
  const { kind, ...rest } = value
  if (kind === 'lifetime') {
    requireOptions(where, rest, [])
    return Object.freeze({ kind })
  }
  if (kind === 'time') {
    const { sizeMs, offsetMs } = requireOptions(where, rest, ['sizeMs', 'offsetMs'])
    const before = spanOf(where, offsetMs, -1)
    return Object.freeze({ kind, sizeMs: spanOf(where, sizeMs), offsetMs: 0 - before })
  }
  if (kind === 'series') {
    const options = requireOptions(where, rest, ['startMs', 'endMs', 'sizeMs', 'stepMs'])
    const startMs = 0 - spanOf(where, options.startMs, -1)
    const endMs = 0 - spanOf(where, options.endMs, -1)
    const sizeMs = spanOf(where, options.sizeMs)
    const stepMs = spanOf(where, options.stepMs)
    const windows = Math.floor((endMs - startMs - sizeMs) / stepMs) + 1
    if (windows >= 1 && windows <= maxSeriesWindows) {
      return Object.freeze({ kind, startMs, endMs, sizeMs, stepMs })
    }
    throw new ValidationError(
      `${where}: A series has 1 to ${maxSeriesWindows} windows between its start and its end, but this one has ${Math.max(0, windows)}.`,
    )
  }
  throw new ValidationError(
    `${where}: timeWindow is a duration such as '1h', or made by TimeWindow, LifetimeWindow or TimeWindowSeries, but received ${describe(kind)}.`,
  )
}

/** A window as names of features say it: `1h`, `1h_offset_1d`, `lifetime`, `1h_series_1d_to_0s_step_1h`. */
export function windowText(window: AggregationWindow): string {
  switch (window.kind) {
    case 'lifetime':
      return 'lifetime'
    case 'time': {
      const { sizeMs, offsetMs } = window
      const offset = offsetMs === 0 ? '' : `_offset_${durationText(-offsetMs)}`
      return `${durationText(sizeMs)}${offset}`
    }
    case 'series': {
      const { startMs, endMs, sizeMs, stepMs } = window
      const [start, end] = [durationText(-startMs), durationText(-endMs)]
      return `${durationText(sizeMs)}_series_${start}_to_${end}_step_${durationText(stepMs)}`
    }
  }
}

function sizeOf(where: string, name: string, value: unknown): number {
  const duration = readDuration(where, name, value)
  if (duration !== undefined) return durationMs(duration)
  throw new ValidationError(`${where}: ${name} is needed, such as '1h'.`)
}

function beforeOf(where: string, name: string, value: unknown): number {
  if (value === '0s') return 0
  const isBefore = typeof value === 'string' && value.startsWith('-')
  const span = isBefore ? readDuration(where, name, value.slice(1)) : undefined
  if (span !== undefined) return -durationMs(span)
  throw new ValidationError(
    `${where}: ${name} is a time before the reading, such as '-1d', or '0s', but received ${describe(value)}.`,
  )
}

/** Whole milliseconds above 0; with `sign` -1 the negative of what is at most 0. */
function spanOf(where: string, value: unknown, sign: 1 | -1 = 1): number {
  const span = typeof value === 'number' ? value * sign : Number.NaN
  const least = sign === 1 ? 1_000 : 0
  if (Number.isSafeInteger(span) && span % 1_000 === 0 && span >= least && span <= maxSpanMs) {
    return span + 0
  }
  throw new ValidationError(
    `${where}: A span of time is whole seconds in milliseconds, up to 36,500 days, but received ${describe(value)}.`,
  )
}

/** 36,500 days. */
const maxSpanMs = 3_153_600_000_000
