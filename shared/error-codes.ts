/** What a sender does about an answer: never again, again later unchanged, or again in halves. */
export type RetryClass = 'never' | 'later' | 'split'

interface ErrorCode {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503 | 504
  readonly retry: RetryClass
  readonly title: string
}

/** Codes of whole requests, each with its HTTP status and what a sender does about it. */
export const requestCodes = {
  malformed_request: { status: 400, retry: 'never', title: 'The request is malformed' },
  invalid_records: { status: 400, retry: 'never', title: 'Records were refused' },
  newer_protocol: { status: 400, retry: 'never', title: 'The protocol is newer than this gateway' },
  invalid_definitions: { status: 400, retry: 'never', title: 'The definitions are invalid' },
  unauthenticated: { status: 401, retry: 'never', title: 'A valid key is needed' },
  forbidden: { status: 403, retry: 'never', title: 'The key may not do this' },
  unknown_workspace: { status: 404, retry: 'never', title: 'The workspace is unknown' },
  unknown_source: { status: 404, retry: 'never', title: 'The source is unknown' },
  unknown_part: { status: 404, retry: 'never', title: 'The part is unknown' },
  unknown_service: { status: 404, retry: 'never', title: 'The feature service is unknown' },
  unknown_plan: { status: 404, retry: 'never', title: 'The plan is unknown' },
  unknown_version: { status: 404, retry: 'never', title: 'The version is unknown' },
  unknown_route: { status: 404, retry: 'never', title: 'Nothing is here' },
  wrong_method: { status: 405, retry: 'never', title: 'The method is not allowed here' },
  conflict: { status: 409, retry: 'never', title: 'The request conflicts with the present state' },
  refused_plan: { status: 409, retry: 'never', title: 'The plan cannot be applied' },
  no_offline_log: { status: 409, retry: 'never', title: 'The source keeps no offline log' },
  expired: { status: 410, retry: 'never', title: 'What was asked for has expired' },
  too_large: { status: 413, retry: 'split', title: 'The request is too large' },
  unsupported_encoding: {
    status: 415,
    retry: 'never',
    title: 'The content encoding is unsupported',
  },
  reused_key: {
    status: 422,
    retry: 'never',
    title: 'The idempotency key was used for another body',
  },
  too_many_requests: { status: 429, retry: 'later', title: 'Too many requests' },
  internal: { status: 500, retry: 'later', title: 'Something went wrong in the gateway' },
  damaged: { status: 500, retry: 'never', title: 'What is stored is damaged' },
  unavailable: { status: 503, retry: 'later', title: 'The gateway cannot do this now' },
  deadline_exceeded: { status: 504, retry: 'later', title: 'The latency budget was too short' },
} as const satisfies { readonly [code: string]: ErrorCode }
export type RequestCode = keyof typeof requestCodes

/** Codes of single records: why a record was refused, or why it must be sent again. */
export const recordCodes = {
  not_an_object: { retry: 'never', title: 'A record is an object' },
  missing_field: { retry: 'never', title: 'A required field is missing' },
  unknown_field: { retry: 'never', title: 'The schema has no such field' },
  null_field: { retry: 'never', title: 'A field that is not nullable is null' },
  wrong_type: { retry: 'never', title: 'The value has another type' },
  out_of_range: { retry: 'never', title: 'The value lies outside the range of its type' },
  not_finite: { retry: 'never', title: 'NaN and infinities are refused' },
  bad_timestamp: { retry: 'never', title: 'The value is no ISO 8601 timestamp' },
  bad_text: { retry: 'never', title: 'The text holds a lone surrogate' },
  bad_key: { retry: 'never', title: 'A map key is refused' },
  future_event_time: { retry: 'never', title: 'The event time lies more than one day ahead' },
  record_too_large: { retry: 'never', title: 'The record is larger than the limit' },
  unknown_source: { retry: 'never', title: 'The source is unknown' },
  settled: { retry: 'never', title: 'The sender itself has called this record settled' },
  too_far_ahead: {
    retry: 'later',
    title: 'Too many gaps below this sequence; send the lowest first',
  },
  not_readable_yet: {
    retry: 'later',
    title: 'The record is stored but not readable yet; send it again',
  },
  not_stored: { retry: 'later', title: 'The record could not be stored now; send it again' },
} as const satisfies { readonly [code: string]: { retry: 'never' | 'later'; title: string } }
export type RecordCode = keyof typeof recordCodes

/** Whether text from outside names a record code of this version. */
export function isRecordCode(text: unknown): text is RecordCode {
  return typeof text === 'string' && Object.hasOwn(recordCodes, text)
}
