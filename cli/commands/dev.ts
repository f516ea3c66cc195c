import { join } from 'node:path'
import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { readPort } from '../read-port.ts'
import { serveLocally } from '../serve-locally.ts'
import { untilAborted } from '../until-aborted.ts'

const usage = 'dev [--port N] [--json]'

export const dev: Command = {
  name: 'dev',
  usage,
  summary: 'Serve a gateway on this machine until Ctrl-C, its state under .tidegate/',
  flagLines: ['--port N          8787 unless given here or as PORT'],
  async run(context) {
    const { flags, positionals, textOf } = readArgs(context, usage, { port: { type: 'string' } })
    requireCount(positionals, [0], usage)
    const local = await serveLocally({
      stateFolder: join(context.folder, '.tidegate'),
      port: readPort(textOf('port') ?? context.env.PORT),
      onLog: line => context.stderr.write(`${line}\n`),
    })
    try {
      const { url, keys } = local
      context.stdout.write(
        flags.json
          ? `${JSON.stringify({ url, keyFile: keys.path })}\n`
          : `Serving ${url}\nKeys      ${keys.path}\nStop with Ctrl-C.\n`,
      )
      await untilAborted(context.signal)
    } finally {
      await local.stop()
    }
    return exitCodes.ok
  },
}
