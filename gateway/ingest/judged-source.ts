import type { RecordCode } from '../../shared/error-codes.ts'
import type { AppendMessage } from '../contracts/append.ts'
import type { Range } from '../contracts/message.ts'
import type { EventTimes } from '../event-times.ts'
import type { CompiledSource } from './compiled-source.ts'

export interface RecordRejection {
  /** Place in the source's array of the request. */
  readonly index: number
  readonly sequence: number
  readonly code: RecordCode
  readonly field?: string
  readonly reason: string
}

/** A source's records of one request, judged by one version of its definition. */
export interface JudgedSource {
  readonly name: string
  /** Absent when the source is unknown: then every record is rejected. */
  readonly compiled?: CompiledSource
  /** Places of the admitted records in the request. */
  readonly admitted: readonly number[]
  readonly text: string
  /** Bytes of the text where they come near the limit, else its length. */
  readonly bytes: number
  readonly sequences: readonly Range[]
  readonly slots: AppendMessage['slots']
  readonly eventTimes: EventTimes | undefined
  readonly rejected: readonly RecordRejection[]
}
