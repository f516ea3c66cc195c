import * as v from 'valibot'
import { Problem } from './problem.ts'

/** Reads a body by a schema; `form` says how it is written. */
export function bodyOf<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  what: string,
  form: string,
): v.InferOutput<Schema> {
  const body = v.safeParse(schema, parse(text))
  if (body.success) return body.output
  const [issue] = body.issues
  throw new Problem(
    'malformed_request',
    `${what} is ${form}: ${v.getDotPath(issue) ?? 'the body'}: ${issue.message}.`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed_request', 'The body is not valid JSON.')
  }
}
