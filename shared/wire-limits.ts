/**
 * The limits that whoever sends records keeps to as well. Each is a constant of its own, so that a bundle holds
 * no more than those it uses. Bytes are UTF-8 bytes; `maxX` is the largest value still accepted.
 */

/** One request's body, before and after decompression: a SQLite row holds at most 2 MB. */
export const maxRequestBytes = 1_048_576
export const maxRecordsPerRequest = 1_000
export const maxSourcesPerRequest = 64
/** One record's canonical text: the size CloudEvents intermediaries must forward. */
export const maxRecordBytes = 65_536
export const maxNestingDepth = 32
export const maxFieldsPerSchema = 256
/** Names of fields and keys of maps. */
export const maxKeyBytes = 255
/** Received sets, those of idempotency keys too, live this long after their last use; a client gives up five days earlier. */
export const receivedSetLifeMs = 35 * 86_400_000
