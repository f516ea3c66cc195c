import { expect, test } from 'vitest'
import { run } from '../../build/run.ts'

/** Leaves a process behind that keeps its output open for an hour, and says its process id. */
const leaver = (detached: boolean) => `
  const { spawn } = require('node:child_process')
  const left = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3_600_000)'], {
    stdio: 'inherit', detached: ${detached},
  })
  left.unref()
  console.log(left.pid)
  process.exitCode = 3
`

test('a program that ended is not waited for because of what it left behind', async () => {
  const { code } = await run(process.execPath, ['-e', leaver(false)], { quiet: true })
  expect(code).toBe(3)
})

test('nor when what it left has a group of its own', async () => {
  const { code, output } = await run(process.execPath, ['-e', leaver(true)], { quiet: true })
  process.kill(Number(output), 'SIGKILL')
  expect(code).toBe(3)
})

test('a signal ends a program and all that it started', async () => {
  const signal = AbortSignal.timeout(500)
  const waits = `${leaver(false)}; setTimeout(() => {}, 3_600_000)`
  const { code } = await run(process.execPath, ['-e', waits], { quiet: true, signal })
  expect(code).toBe(1)
})
