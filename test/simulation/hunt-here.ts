import { runJob } from './run-many.ts'

// Runs in the copy that a mutant was planted in: seeds in order, up to the first that fails. Each is named
// before it runs, so that one that never ends is known too.
const [first = 1, last = 0] = process.argv.slice(2).map(Number)
for (let seed = first; seed <= last; seed++) {
  console.log(JSON.stringify({ seed }))
  const { wrong } = await runJob({ seed })
  if (wrong[0] === undefined) continue
  console.log(JSON.stringify({ seed, caught: wrong[0] }))
  break
}
