import type { SeededRandom } from './seeded-random.ts'

interface Event {
  readonly atMs: number
  readonly tie: number
  readonly run: () => void
}

export interface VirtualTime {
  now(): number
  /** Runs something once, `delayMs` of virtual time from now; equal times come in a drawn order. */
  at(delayMs: number, run: () => void): void
  sleep(delayMs: number): Promise<void>
  /** Runs events in order until none is left, `until` says so, or `maxEvents` have run. */
  run(maxEvents: number, until?: () => boolean): Promise<'idle' | 'stopped' | 'exhausted'>
  events(): number
}

/** Turns asked for together: they share one round of the event loop, which costs more than a turn. */
const turnsAtOnce = 64

/**
 * One thread of virtual time: one event a turn. Between two turns the runtime runs everything that follows
 * from the first at once (promises that are settled already) to its end.
 */
export function virtualTime(startMs: number, random: SeededRandom): VirtualTime {
  let nowMs = startMs
  let ran = 0
  const heap: Event[] = []

  const isBefore = (a: Event, b: Event) => a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie)
  const push = (event: Event) => {
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(event, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }
  const pop = (): Event | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const child =
        right !== undefined && left !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      const lower = heap[child]
      if (lower === undefined || !isBefore(lower, last)) break
      heap[at] = lower
      at = child
    }
    heap[at] = last
    return first
  }

  const at = (delayMs: number, run: () => void) =>
    push({ atMs: nowMs + Math.max(0, delayMs), tie: random(), run })

  return {
    now: () => Math.floor(nowMs),
    at,
    sleep: delayMs => new Promise(resolve => at(delayMs, resolve)),
    run: (maxEvents, until) =>
      new Promise((resolve, reject) => {
        let left = maxEvents
        let pending = 0
        let ended = false
        const end = (how: 'idle' | 'stopped' | 'exhausted') => {
          ended = true
          resolve(how)
        }
        const turn = () => {
          pending--
          if (ended) return
          try {
            if (until?.() === true) return end('stopped')
            const event = left-- > 0 ? pop() : undefined
            if (event === undefined) return end(left < 0 ? 'exhausted' : 'idle')
            nowMs = Math.max(nowMs, event.atMs)
            ran++
            event.run()
          } catch (cause) {
            ended = true
            reject(cause)
          }
          if (pending === 0) queueTurns()
        }
        const queueTurns = () => {
          for (; pending < turnsAtOnce; pending++) setImmediate(turn)
        }
        queueTurns()
      }),
    events: () => ran,
  }
}
