import { idbOutbox } from '../../client/idb-outbox.ts'
import { createClient } from '../../client/index.ts'
import { clicks } from './schema.ts'

const client = createClient({
  url: 'https://gateway.example',
  key: 'key',
  workspace: 'demo',
  outbox: idbOutbox(),
})

/** The push door with a schema; records are kept in IndexedDB and shared by tabs. */
export const push = (record: Parameters<typeof client.push<typeof clicks>>[1]) =>
  client.push(clicks, record)
