import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import type { TrainingView } from './training-view.ts'

/** A stretch of effective time that ends `offsetMs` before the reading; without a size it has no beginning. */
export interface Span {
  readonly sizeMs: number | undefined
  readonly offsetMs: number
}

/** The stretches that a view reads, each once, with the numbers of those that make a window. */
export interface ViewWindows {
  readonly spans: readonly Span[]
  /** Numbers of spans, the oldest first; a series has several. */
  numbersOf(window: AggregationWindow): readonly number[]
}

/** What attributes are read over. */
export const wholePast: AggregationWindow = Object.freeze({ kind: 'lifetime' })

/** Numbers the stretches of a view's windows. */
export function viewWindows({ aggregates, attributes, secondaryKey }: TrainingView): ViewWindows {
  const windows = [
    ...aggregates.map(({ window }) => window),
    ...(secondaryKey?.keys.map(({ window }) => window) ?? []),
    ...(attributes.length > 0 ? [wholePast] : []),
  ]
  const known = new Map<string, { readonly number: number; readonly span: Span }>()
  for (const span of windows.flatMap(spansOf)) {
    const text = textOf(span)
    if (!known.has(text)) known.set(text, { number: known.size + 1, span })
  }
  return {
    spans: [...known.values()].map(({ span }) => span),
    numbersOf: window => spansOf(window).flatMap(span => known.get(textOf(span))?.number ?? []),
  }
}

function spansOf(window: AggregationWindow): readonly Span[] {
  switch (window.kind) {
    case 'lifetime':
      return [{ sizeMs: undefined, offsetMs: 0 }]
    case 'time':
      return [{ sizeMs: window.sizeMs, offsetMs: window.offsetMs }]
    case 'series': {
      const { startMs, endMs, sizeMs, stepMs } = window
      const windows = Math.floor((endMs - startMs - sizeMs) / stepMs) + 1
      return Array.from({ length: Math.max(0, windows) }, (_, at) => ({
        sizeMs,
        offsetMs: startMs + sizeMs + at * stepMs,
      }))
    }
  }
}

function textOf({ sizeMs, offsetMs }: Span): string {
  return `${sizeMs}/${offsetMs}`
}
