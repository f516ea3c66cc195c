import type { AggregationWindow } from './aggregation-window.ts'

/** Effective times `[start, end)` in microseconds. */
export type Bounds = readonly [startUs: number, endUs: number]

/**
 * Gives the effective times that a window holds at a moment, those of a series the oldest first. Without an interval
 * the moment itself is the last that counts; with one only what lies before the last whole interval.
 */
export function windowBounds(
  window: AggregationWindow,
  atUs: number,
  intervalUs: number | undefined,
): readonly Bounds[] {
  const edgeUs = intervalUs === undefined ? atUs + 1 : Math.floor(atUs / intervalUs) * intervalUs
  switch (window.kind) {
    case 'lifetime':
      return [[-Infinity, edgeUs]]
    case 'time': {
      const endUs = edgeUs + window.offsetMs * 1_000
      return [[endUs - window.sizeMs * 1_000, endUs]]
    }
    case 'series': {
      const sizeUs = window.sizeMs * 1_000
      const lastUs = edgeUs + window.endMs * 1_000
      const bounds: Bounds[] = []
      let endUs = edgeUs + window.startMs * 1_000 + sizeUs
      for (; endUs <= lastUs; endUs += window.stepMs * 1_000) bounds.push([endUs - sizeUs, endUs])
      return bounds
    }
  }
}

/** How far before its moment a window reaches, in milliseconds; a lifetime has no such bound. */
export function reachMs(window: AggregationWindow): number | undefined {
  switch (window.kind) {
    case 'lifetime':
      return undefined
    case 'time':
      return window.sizeMs - window.offsetMs
    case 'series':
      return -window.startMs
  }
}
