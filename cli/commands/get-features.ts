import { exitCodes, usageError } from '../cli-error.ts'
import { type Command, readArgs } from '../command.ts'
import { openGateway } from '../open-gateway.ts'
import { renderExactJson } from '../render-exact-json.ts'
import { renderFeatures } from '../render-features.ts'

const usage = 'get-features SERVICE KEY=VALUE … --workspace NAME [--marks] [flags]'

export const getFeatures: Command = {
  name: 'get-features',
  usage,
  summary: "Print one entity's features, as they are now",
  flagLines: ['--marks           with --json, also by view the cut that the values are a fold of'],
  async run(context) {
    const { flags, positionals, isSet } = readArgs(context, usage, { marks: { type: 'boolean' } })
    const [service, ...keys] = positionals
    if (service === undefined)
      throw usageError(`Name the feature service.\nUsage: tidegate ${usage}`)
    const joinKeys = readJoinKeys(keys)
    const { api } = await openGateway(context, flags)
    const reading = await api.getFeatures(service, joinKeys, { marks: isSet('marks') })
    context.stdout.write(`${flags.json ? renderExactJson(reading) : renderFeatures(reading)}\n`)
    return exitCodes.ok
  },
}

/** Values stay text: the gateway reads a number or a Bool of it where the key is one. */
function readJoinKeys(keys: readonly string[]): Readonly<Record<string, string>> {
  const read = new Map<string, string>()
  for (const key of keys) {
    const at = key.indexOf('=')
    const name = key.slice(0, at)
    if (at < 1)
      throw usageError(`A join key is written NAME=VALUE, not ${key}.\nUsage: tidegate ${usage}`)
    if (read.has(name)) throw usageError(`The join key ${name} is given twice.`)
    read.set(name, key.slice(at + 1))
  }
  return Object.fromEntries(read)
}
