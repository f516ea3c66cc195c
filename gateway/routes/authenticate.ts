import { type KeyEntry, parseKey, parseKeyEntries, sha256Hex } from '../../shared/keys.ts'

/** Whoever holds a key, as routes know them. */
export interface Holder {
  readonly kind: KeyEntry['kind']
  readonly workspaceId: string
  /** Names the key without giving it away. */
  readonly keyId: string
}

/**
 * Makes the check of an `Authorization` header against `TIDEGATE_KEYS`: `Tecton-key K` or `Bearer K`.
 * The key's own checksum is looked at first, so that a typing error costs nothing; digests are compared in
 * constant time.
 */
export function createAuthenticate(): (
  authorization: string | undefined,
  secret: string | undefined,
) => Promise<Holder | undefined> {
  let parsed: { readonly secret: string; readonly entries: readonly KeyEntry[] } | undefined

  return async (authorization, secret) => {
    if (secret === undefined || authorization === undefined) return undefined
    const key = /^(?:tecton-key|bearer) +(\S+)$/i.exec(authorization)?.[1]
    const claims = key === undefined ? undefined : parseKey(key)
    if (key === undefined || claims === undefined) return undefined
    if (parsed?.secret !== secret) parsed = { secret, entries: parseKeyEntries(secret) }
    const digest = await sha256Hex(key)
    const known = parsed.entries.find(
      entry =>
        entry.kind === claims.kind &&
        entry.workspaceId === claims.workspaceId &&
        sameText(entry.sha256, digest),
    )
    return known && { ...claims, keyId: digest.slice(0, 12) }
  }
}

function sameText(a: string, b: string): boolean {
  const encoder = new TextEncoder()
  const [left, right] = [encoder.encode(a), encoder.encode(b)]
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right)
}
