import * as v from 'valibot'

const versions = v.record(v.string(), v.string())

/** What the published manifest takes from the repository's. */
const repoManifestSchema = v.object({
  name: v.string(),
  version: v.string(),
  description: v.string(),
  license: v.string(),
  dependencies: versions,
  devDependencies: versions,
})
export type RepoManifest = v.InferOutput<typeof repoManifestSchema>

/** The doors of the package and the module behind each. */
export const doors = {
  '.': 'shared/index',
  './types': 'shared/types',
  './standard-schema': 'shared/fields/fields-of',
  './expressions': 'shared/expressions',
  './client': 'client/index',
  './client/idb': 'client/idb-outbox',
  './client/storage': 'client/storage-outbox',
  './client/node': 'client/node/file-outbox',
  './client/react-native': 'client/react-native/react-native',
  './react': 'client/react/tidegate-provider',
  './workspace': 'client/workspace/index',
  './offline': 'client/offline/index',
  './gateway': 'gateway/worker',
} as const

/** The door that is one file, which a page loads from a CDN without an import map. */
export const browserDoor = { door: './client/browser', module: 'client/browser' } as const

/** What every user installs, since the command line needs it. */
const required = ['valibot', 'ky']

/** What the gateway door (the first three) and `tidegate dev` need; each is asked for when it is missing. */
const gatewayPeers = ['hono', 'hyparquet', 'hyparquet-writer', 'miniflare']

/** What makes Arrow of data frames: streams in the gateway, tables in the client. */
const arrowPeer = '@uwdata/flechette'

/** What computes training data. */
const offlinePeer = '@duckdb/node-api'

/** What the react door is made for; older than what it is tested with. */
const reactPeer = { react: '>=18' }

/** Reads the repository's manifest. */
export function readRepoManifest(text: string): RepoManifest {
  return v.parse(repoManifestSchema, JSON.parse(text))
}

/** Makes the manifest of the package that is published: no scripts, and nothing that only builds Tidegate. */
export function publishedManifest(repo: RepoManifest): Readonly<Record<string, unknown>> {
  const { name, version, description, license } = repo
  const peers = { ...rangesOf(repo, [...gatewayPeers, arrowPeer, offlinePeer]), ...reactPeer }
  return {
    name,
    version,
    description,
    license,
    author: 'The Tidegate authors',
    keywords: ['feature store', 'stream ingest', 'cloudflare workers', 'parquet', 'events'],
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.12' },
    // What a CDN serves to whoever names no file.
    jsdelivr: `${browserDoor.module}.js`,
    unpkg: `${browserDoor.module}.js`,
    bin: { tidegate: 'cli/main.js' },
    exports: {
      ...Object.fromEntries(
        [...Object.entries(doors), [browserDoor.door, browserDoor.module]].map(([door, module]) => [
          door,
          { types: `./${module}.d.ts`, default: `./${module}.js` },
        ]),
      ),
      './package.json': './package.json',
    },
    dependencies: rangesOf(repo, required),
    peerDependencies: peers,
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(peers).map(peer => [peer, { optional: true }] as const),
    ),
  }
}

/** The tested version of each package or any later one that promises to be compatible. */
function rangesOf(repo: RepoManifest, names: readonly string[]): Record<string, string> {
  const known = { ...repo.devDependencies, ...repo.dependencies }
  return Object.fromEntries(
    names.map(name => {
      const version = known[name]
      if (version === undefined) throw new Error(`package.json lists no version of ${name}.`)
      return [name, `^${version}`] as const
    }),
  )
}
