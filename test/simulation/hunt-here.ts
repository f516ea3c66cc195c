import { runJob } from './run-many.ts'

// Runs in the copy that a mutant was planted in: seeds in order, up to the first that fails.
const seeds = Number(process.argv[2])
let schedules = 0
let caught = ''
for (let seed = 1; seed <= seeds && caught === ''; seed++) {
  schedules++
  const { wrong } = await runJob({ seed })
  caught = wrong[0] ?? ''
}
console.log(JSON.stringify({ schedules, caught }))
