import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { keyEntryOf, locations, mintId } from '../../shared/keys.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { mintKeys } from '../local-keys.ts'

const usage = 'keys FILE [--location PLACE] [--json]'

/** Mints a new workspace's keys: they go into the file, what a gateway needs to know them to stdout. */
export const keys: Command = {
  name: 'keys',
  usage,
  summary: 'Mint the keys of a new workspace into FILE; print the value of TIDEGATE_KEYS',
  flagLines: [`--location PLACE  where its objects live: ${locations.join(', ')} (auto)`],
  async run(context) {
    const { flags, positionals, textOf } = readArgs(context, usage, {
      location: { type: 'string' },
    })
    requireCount(positionals, [1], usage)
    const named = textOf('location') ?? 'auto'
    const location = locations.find(place => place === named)
    if (location === undefined) {
      throw usageError(`--location is one of ${locations.join(', ')}, not ${named}.`)
    }
    const path = resolve(context.folder, positionals[0] ?? '')
    const minted = await mintKeys(path, `${mintId(10, randomBytes)}-${location}`)
    const entries = (await Promise.all([minted.admin, minted.ingest].map(keyEntryOf))).join(',')
    const { workspaceId } = minted
    context.stdout.write(
      `${flags.json ? JSON.stringify({ workspaceId, path, entries }) : entries}\n`,
    )
    return exitCodes.ok
  },
}
