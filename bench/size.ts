import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runOrThrow } from '../build/run.ts'
import { installedPrograms, type SizeProgram, sizePrograms } from './support/size-programs.ts'
import { type Weight, weighBundle } from './support/weigh-bundle.ts'

/**
 * `npm run size`: the bytes of the push door with everything that it needs, beside those of its peers. With
 * `-- --peers` larger ones too, which are installed into their own folder first.
 */
const { values } = parseArgs({ options: { peers: { type: 'boolean', default: false } } })

type Weighed = SizeProgram & Weight

const beganMs = performance.now()
const peersFolder = fileURLToPath(new URL('size/peers', import.meta.url))
if (values.peers) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', peersFolder]
  await runOrThrow('npm', args, { cwd: peersFolder })
}
const programs = [...sizePrograms, ...(values.peers ? installedPrograms : [])]
const weighed: readonly Weighed[] = await Promise.all(
  programs.map(async program => ({ ...program, ...(await weighBundle(program.entry)) })),
)

printPrograms(weighed)
for (const program of weighed.filter(({ goal }) => goal !== undefined)) printModules(program)
const missed = weighed.filter(({ gzip, goal = Number.POSITIVE_INFINITY }) => gzip > goal)
for (const { name, gzip, goal = 0 } of missed) {
  console.log(`Missed: ${name} has ${number(gzip - goal)} bytes after gzip too many.`)
}
console.log(
  JSON.stringify({
    command: 'size',
    ok: missed.length === 0,
    goals: Object.fromEntries(
      weighed.flatMap(({ name, goal }) => (goal === undefined ? [] : [[`${name}, gzip`, goal]])),
    ),
    results: weighed.map(({ name, minified, gzip, brotli }) => ({ name, minified, gzip, brotli })),
    seconds: Number(((performance.now() - beganMs) / 1_000).toFixed(2)),
  }),
)
process.exit(missed.length === 0 ? 0 : 1)

function printPrograms(all: readonly Weighed[]): void {
  console.log(line('program', 'minified', 'gzip -9', 'brotli 11', 'goal, gzip'))
  for (const { name, minified, gzip, brotli, goal, isPeer } of all) {
    const cells = [minified, gzip, brotli].map(number)
    console.log(line(isPeer ? `  ${name}` : name, ...cells, goal === undefined ? '' : number(goal)))
  }
}

/** Where the bytes are: by module, those of one folder together. */
function printModules({ name, modules }: Weighed): void {
  console.log(`\n${name}, minified bytes by module`)
  const folders = Map.groupBy(modules, ([path]) => path.replace(/\/.*/, ''))
  for (const [folder, rows] of folders) {
    console.log(line(folder, number(rows.reduce((sum, [, bytes]) => sum + bytes, 0))))
    for (const [path, bytes] of rows) console.log(line(`  ${path}`, number(bytes)))
  }
}

function line(first: string, ...cells: readonly string[]): string {
  return [first.padEnd(40), ...cells.map(cell => cell.padStart(10))].join('  ').trimEnd()
}

function number(bytes: number): string {
  return bytes.toLocaleString('en-US')
}
