import type { Clock } from '../../../client/index.ts'

interface VirtualClock extends Clock {
  /** Lets all promises run, then the timers of the next `ms`, each at its time. */
  advance(ms: number): Promise<void>
  /** Lets all promises run and no time pass. */
  turn(): Promise<void>
  /** Lets time pass until no timer is left; fails after `maxMs`. */
  drain(maxMs?: number): Promise<void>
  /** Waits of the timers that are armed. */
  armed(): number[]
  /** Makes the clock show another time; timers do not notice. */
  jump(ms: number): void
  /** Lets time pass that no timer counts: the device is asleep. */
  sleep(ms: number): void
}

/** Gives a clock that stands still until told: tests take no wall time. */
export function createVirtualClock(startMs = 1_700_000_000_000): VirtualClock {
  const timers = new Set<{ atMs: number; run: () => void }>()
  let elapsedMs = 0
  let offsetMs = startMs

  async function turn() {
    for (let hop = 0; hop < 200; hop += 1) await undefined
  }

  async function advance(ms: number) {
    const endMs = elapsedMs + ms
    for (;;) {
      await turn()
      const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0]
      if (!next || next.atMs > endMs) break
      timers.delete(next)
      elapsedMs = next.atMs
      next.run()
    }
    elapsedMs = endMs
  }

  return {
    now: () => elapsedMs + offsetMs,
    elapsed: () => elapsedMs,
    after(delayMs, run) {
      const timer = { atMs: elapsedMs + Math.max(0, delayMs), run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance,
    turn,
    async drain(maxMs = 86_400_000) {
      const endMs = elapsedMs + maxMs
      await turn()
      while (timers.size) {
        const nextMs = Math.min(...[...timers].map(({ atMs }) => atMs))
        if (nextMs > endMs) throw new Error(`Timers are still armed after ${maxMs} ms`)
        await advance(nextMs - elapsedMs)
      }
    },
    armed: () => [...timers].map(({ atMs }) => atMs - elapsedMs).sort((a, b) => a - b),
    jump(ms) {
      offsetMs += ms
    },
    sleep(ms) {
      elapsedMs += ms
      for (const timer of timers) timer.atMs += ms
    },
  }
}
