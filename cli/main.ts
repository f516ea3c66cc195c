#!/usr/bin/env node
import { runCommand } from './run-command.ts'
import { runProgram } from './run-program.ts'

await runProgram(signal =>
  runCommand({
    args: process.argv.slice(2),
    env: process.env,
    folder: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    signal,
  }),
)
