export {
  type Client,
  type ClientOptions,
  type ClientStats,
  createClient,
  type Source,
} from './client.ts'
export type { ClientLimits } from './client-limits.ts'
export type { Clock } from './clock.ts'
export type { Listeners } from './ledger.ts'
export { memoryOutbox } from './memory-outbox.ts'
export type { Outbox, OutboxEntry, OutboxOwner } from './outbox.ts'
export type { Fetch } from './post-batch.ts'
export type { ClientError, Receipt } from './receipt.ts'
export type { Connectivity, Lifecycle } from './surroundings.ts'
