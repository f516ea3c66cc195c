import { createClient } from '../../client/index.ts'
import { PushConfig, StreamSource } from '../../shared/index.ts'
import { clicks } from './schema.ts'

const source = StreamSource({ ...clicks, streamConfig: PushConfig({ logOffline: true }) })
const client = createClient({ url: 'https://gateway.example', key: 'key', workspace: 'demo' })

/** The same with the whole definition, as a module has it that is applied as well. */
export const push = (record: Parameters<typeof client.push<typeof source>>[1]) =>
  client.push(source, record)
