import { readFile } from 'node:fs/promises'
import { bootGateway } from '../../cli/boot-gateway.ts'

/** A gateway in a process of its own, to be killed: `node gateway-process.ts STATE PORT BUILD KEYS`. */
const [stateFolder = '', port = '', buildFile = '', keyEntries = ''] = process.argv.slice(2)
const gateway = await bootGateway({
  stateFolder,
  port: Number(port),
  keyEntries,
  origins: '',
  onLog: line => process.stderr.write(`${line}\n`),
  build: JSON.parse(await readFile(buildFile, 'utf8')),
})
process.stdout.write(`${gateway.url}\n`)
