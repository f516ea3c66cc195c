import type { ResolvedDefinitions, ResolvedSource } from '../registry/resolved-definitions.ts'
import type { Message } from './message.ts'

export interface ApplyMessage extends Message {
  readonly workspace: string
  readonly expectedHash: string | null
  /** Canonical JSON of the definitions. */
  readonly canonical: string
  readonly keyId: string
}

export interface AppliedChange {
  readonly action: 'create' | 'update' | 'none'
  readonly kind: string
  readonly name: string
  readonly id: string
}

export type ApplyReply = Message &
  (
    | {
        readonly outcome: 'applied'
        readonly version: number
        readonly hash: string
        readonly changes: readonly AppliedChange[]
      }
    | { readonly outcome: 'conflict' | 'invalid'; readonly reason: string }
  )

export interface ScaleMessage extends Message {
  /** Names of the join keys whose entities get more shards. */
  readonly joinKeys: readonly string[]
  readonly shards: number
  readonly keyId: string
}

export type ScaleReply = Message &
  (
    | { readonly outcome: 'scaled'; readonly version: number }
    | { readonly outcome: 'refused'; readonly reason: string }
  )

export interface RegistryContract {
  apply(message: ApplyMessage): Promise<ApplyReply>
  /** Gives an entity set more shards, under another version of the definitions that were applied last. */
  scale(message: ScaleMessage): Promise<ScaleReply>
  /**
   * The definitions, or nothing where they are no newer than `newerThan` or nothing was applied yet. `seen` is
   * a version that somebody knows: one above the newest here was issued before this registry was restored.
   */
  definitions(
    message: Message & { readonly newerThan?: number; readonly seen?: number },
  ): Promise<ResolvedDefinitions | undefined>
  /** What was applied last, as it was sent. */
  applied(
    message: Message,
  ): Promise<
    { readonly version: number; readonly hash: string; readonly canonical: string } | undefined
  >
  source(message: Message & { readonly sourceId: string }): Promise<ResolvedSource | undefined>
  sweep(message: Message): Promise<Message>
}
