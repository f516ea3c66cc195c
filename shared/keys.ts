import { murmur3 } from './murmur3.ts'

/** `admin` may do everything in its workspace; `ingest` may only POST to the two ingest paths. */
export type KeyKind = 'admin' | 'ingest'

/** What a key's text itself says; whether the key is known is another question. */
export interface ParsedKey {
  readonly kind: KeyKind
  readonly workspaceId: string
}

/** One line of the secret `TIDEGATE_KEYS`: the gateway knows a key only by its SHA-256. */
export interface KeyEntry extends ParsedKey {
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** Location hints of Durable Objects; `auto` leaves the place to the platform. */
export const locations = [
  'auto',
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'oc',
  'afr',
  'me',
] as const
export type Location = (typeof locations)[number]

/** A minted id of ten characters of base 32 and the location hint: `k3f9m2x7ab-weur`. */
export const workspaceIdPattern = /^[a-z2-7]{10}-(?:auto|wnam|enam|sam|weur|eeur|apac|oc|afr|me)$/
const keyPattern = /^tg_(admin|ingest)_([a-z2-7]{10}-[a-z]{2,4})_([a-z2-7]{52})_([0-9a-f]{8})$/
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** Mints an id of `length` characters of base 32 from random bytes (5 bits each are used). */
export function mintId(length: number, randomBytes: (count: number) => Uint8Array): string {
  let id = ''
  for (const byte of randomBytes(length)) id += alphabet[byte & 31]
  return id
}

/** Mints a key of 260 random bits with a checksum that secret scanners and typing errors meet. */
export function mintKey(
  kind: KeyKind,
  workspaceId: string,
  randomBytes: (count: number) => Uint8Array,
): string {
  const body = `tg_${kind}_${workspaceId}_${mintId(52, randomBytes)}`
  return `${body}_${checksumOf(body)}`
}

/** Reads a key's kind and workspace, or gives nothing where form or checksum do not fit. */
export function parseKey(text: string): ParsedKey | undefined {
  const match = keyPattern.exec(text)
  if (match === null) return undefined
  const [, kind, workspaceId, , checksum] = match
  if ((kind !== 'admin' && kind !== 'ingest') || workspaceId === undefined) return undefined
  if (!workspaceIdPattern.test(workspaceId)) return undefined
  if (checksumOf(text.slice(0, -9)) !== checksum) return undefined
  return { kind, workspaceId }
}

/** The line of `TIDEGATE_KEYS` that makes a gateway know this key: `kind:workspace:sha256`. */
export async function keyEntryOf(key: string): Promise<string> {
  const parsed = parseKey(key)
  if (parsed === undefined) throw new TypeError('This is no Tidegate key: form or checksum differ.')
  return `${parsed.kind}:${parsed.workspaceId}:${await sha256Hex(key)}`
}

/** Reads `TIDEGATE_KEYS`: entries separated by commas or white space; a wrong one is left out. */
export function parseKeyEntries(secret: string): readonly KeyEntry[] {
  const entries: KeyEntry[] = []
  for (const line of secret.split(/[\s,]+/)) {
    const [kind, workspaceId = '', sha256 = ''] = line.split(':')
    if (kind !== 'admin' && kind !== 'ingest') continue
    if (!workspaceIdPattern.test(workspaceId) || !/^[0-9a-f]{64}$/.test(sha256)) continue
    entries.push({ kind, workspaceId, sha256 })
  }
  return entries
}

/** SHA-256 of bytes, or of a text's UTF-8 bytes, in lower-case hexadecimal. */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

function checksumOf(body: string): string {
  return murmur3(body).toString(16).padStart(8, '0')
}
