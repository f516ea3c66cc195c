'use strict'

// What React Native puts beside what Hermes brings, as far as a client needs it: Libraries/Core/setUpXHR.js takes
// AbortController from this package, setUpPerformance.js gives `performance`, setUpTimers.js timers that wait.
// `crypto`, `TextEncoder`, `structuredClone`, IndexedDB, Web Locks and so on stay away.
const { AbortController, AbortSignal } = require('abort-controller/dist/abort-controller')

globalThis.AbortController = AbortController
globalThis.AbortSignal = AbortSignal
globalThis.performance = { now: () => Date.now() }

/** The engine's own, which calls in the order of the calls, whatever the delay. */
const nextTurn = globalThis.setTimeout
const timers = new Map()
let count = 0
let isTurning = false

globalThis.setTimeout = (run, delayMs = 0) => {
  timers.set(++count, { run, dueMs: Date.now() + delayMs })
  if (!isTurning) nextTurn(turn)
  isTurning = true
  return count
}
globalThis.clearTimeout = id => timers.delete(id)

function turn() {
  const [next] = [...timers].sort(([, a], [, b]) => a.dueMs - b.dueMs)
  if (next && next[1].dueMs <= Date.now()) {
    timers.delete(next[0])
    next[1].run()
  }
  isTurning = timers.size > 0
  if (isTurning) nextTurn(turn)
}
