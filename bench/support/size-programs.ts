export interface SizeProgram {
  readonly name: string
  /** Path from the root. */
  readonly entry: string
  /** The most bytes after gzip. */
  readonly goal?: number
  readonly isPeer?: true
}

/** What is weighed in each run: ours, then who does a part of it. */
export const sizePrograms: readonly SizeProgram[] = [
  { name: 'push door in memory', entry: 'bench/size/memory.ts', goal: 4_500 },
  { name: 'push door with IndexedDB', entry: 'bench/size/idb.ts', goal: 6_000 },
  { name: 'its types only', entry: 'bench/size/schema.ts' },
  { name: 'its types and check', entry: 'bench/size/check.ts' },
  { name: 'push door with a StreamSource', entry: 'bench/size/source.ts' },
  { name: 'bare fetch', entry: 'bench/size/fetch.ts', isPeer: true },
  { name: 'valibot, the same schema', entry: 'bench/size/valibot.ts', isPeer: true },
  { name: 'ky and valibot', entry: 'bench/size/ky-valibot.ts', isPeer: true },
]

/** Larger ones, out of a folder of their own into which they are installed. */
export const installedPrograms: readonly SizeProgram[] = [
  { name: 'Sentry: transport', entry: 'bench/size/peers/sentry-transport.mjs', isPeer: true },
  {
    name: 'Sentry: transport, IndexedDB',
    entry: 'bench/size/peers/sentry-offline.mjs',
    isPeer: true,
  },
  { name: 'OpenTelemetry: logs', entry: 'bench/size/peers/opentelemetry.mjs', isPeer: true },
]
