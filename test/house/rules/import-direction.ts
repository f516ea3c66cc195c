import { posix } from 'node:path'
import { type HouseRule, isIn, type Modules } from '../support/house-rule.ts'
import type { ImportFact } from '../support/module-facts.ts'

interface Room {
  readonly name: string
  readonly places: readonly string[]
  /** Rooms and packages it may import besides itself. */
  readonly imports: readonly (string | RegExp)[]
  /** Rooms of which it may only name types. */
  readonly types?: readonly string[]
}

/** The rooms of the house, the more special first; a module belongs to the first that holds it. */
const rooms: readonly Room[] = [
  { name: 'examples', places: ['examples/'], imports: [/^tidegate(?:\/|$)/] },
  {
    name: 'cli',
    places: ['cli/'],
    imports: [
      'client',
      'client on node',
      'workspace door',
      'offline door',
      'shared',
      /^node:/,
      'ky',
      'valibot',
      'miniflare',
      'wrangler',
    ],
  },
  {
    // Behind a door of its own: no other runtime meets it.
    name: 'client on node',
    places: ['client/node/'],
    imports: ['client', 'shared', /^node:/],
  },
  {
    // Behind a door of its own, too: react is an optional peer.
    name: 'client in react',
    places: ['client/react/'],
    imports: ['client', 'shared', 'react'],
  },
  {
    // Training data, for Node alone: DuckDB is an optional peer.
    name: 'offline door',
    places: ['client/offline/'],
    imports: [
      'client',
      'client on node',
      'workspace door',
      'shared',
      'valibot',
      '@duckdb/node-api',
      /^node:/,
    ],
  },
  {
    // What reads may weigh more than what pushes.
    name: 'workspace door',
    places: ['client/workspace/'],
    imports: ['client', 'shared', 'ky', 'valibot', '@uwdata/flechette', 'hyparquet'],
  },
  { name: 'client', places: ['client/'], imports: ['shared'] },
  { name: 'shared', places: ['shared/'], imports: ['valibot'] },
  {
    name: 'composition',
    places: [
      'gateway/worker.ts',
      'gateway/app.ts',
      'gateway/services.ts',
      'gateway/sweep-workspaces.ts',
    ],
    imports: ['routes', 'domain', 'offline', 'platform', 'seams', 'shared', 'hono', /^cloudflare:/],
  },
  {
    name: 'routes',
    places: ['gateway/routes/'],
    imports: ['domain', 'offline', 'seams', 'shared', 'hono', 'valibot'],
  },
  {
    name: 'offline',
    places: ['gateway/offline/'],
    // The writer's pieces are as public as the writer: its exports name them, its version is pinned.
    imports: [
      'domain',
      'seams',
      'shared',
      'valibot',
      '@uwdata/flechette',
      /^hyparquet(?:-writer(?:\/src\/[a-z]+\.js)?)?$/,
      /^node:/,
    ],
  },
  {
    // Checksums are the runtime's own: written out in JavaScript they would cost the append path.
    name: 'row digest',
    places: ['gateway/log/row-digest.ts'],
    imports: ['node:zlib'],
  },
  {
    name: 'domain',
    places: [
      'gateway/audit/',
      'gateway/ingest/',
      'gateway/log/',
      'gateway/online/',
      'gateway/registry/',
    ],
    imports: ['offline', 'row digest', 'seams', 'shared', 'valibot'],
  },
  {
    name: 'platform',
    places: ['gateway/platform/'],
    imports: ['seams', 'shared', /^cloudflare:/],
  },
  {
    // Ports, contracts and what every domain folder needs: contracts name the data that they carry.
    name: 'seams',
    places: ['gateway/'],
    imports: ['shared'],
    types: ['domain', 'composition'],
  },
]

/** Imports run one way: examples, cli → client → shared ← gateway; in it routes → domain → seams. */
export const importDirection: HouseRule = {
  name: 'imports run one way',
  check: modules =>
    [...modules.values()].flatMap(({ path, imports }) => {
      const room = roomOf(path)
      if (room === undefined) return []
      return imports
        .filter(fact => !mayImport(room, path, fact))
        .map(({ specifier, line }) => `${path}:${line} ${room.name} imports ${specifier}`)
    }),
}

/** Every relative import names a module of the tree, with its ending. */
export const importsResolve: HouseRule = {
  name: 'imports name modules that exist',
  check: modules =>
    [...modules.values()].flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => /\.ts$/.test(specifier) && !resolves(modules, path, specifier))
        .map(({ specifier, line }) => `${path}:${line} ${specifier}`),
    ),
}

/** Gives the path that a relative specifier names. */
export function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.normalize(posix.join(posix.dirname(path), specifier))
}

function roomOf(path: string): Room | undefined {
  return rooms.find(({ places }) => isIn(path, places))
}

function mayImport(room: Room, path: string, { specifier, typeOnly }: ImportFact): boolean {
  const target = targetOf(path, specifier)
  const name = target === undefined ? specifier : roomOf(target)?.name
  if (name === undefined) return false
  if (target !== undefined && name === room.name) return true
  const allowed = room.imports.some(one =>
    typeof one === 'string' ? one === name : target === undefined && one.test(name),
  )
  return allowed || (typeOnly && (room.types?.includes(name) ?? false))
}

function resolves(modules: Modules, path: string, specifier: string): boolean {
  const target = targetOf(path, specifier)
  return target === undefined || modules.has(target)
}
