import { int32, int64 } from './fields/integer-types.ts'
import { timestamp } from './fields/timestamp-type.ts'

/** Types of the columns that Tidegate adds to a source's own; they are never null. */
export const addedTypes = /* @__PURE__ */ Object.freeze({
  _partition: int32,
  _offset: int64,
  _ingest_ts: timestamp,
  _version: int64,
})
export type AddedColumn = keyof typeof addedTypes
