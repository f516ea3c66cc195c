import { PushConfig, StreamSource } from '../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'

/** What the browser tests push to; applied before any page is opened. */
export const clicks = StreamSource({
  name: 'clicks',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('user', String), Field('at', Timestamp), Field('n', Int64, { nullable: true })],
})

/** The workspace that the page's key belongs to. */
export const pageWorkspace = 'page'
