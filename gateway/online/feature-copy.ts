import * as v from 'valibot'
import { sha256Hex } from '../../shared/keys.ts'
import type { EntityReading } from './read-entities.ts'

/** A view's state of one entity as the edge keeps a copy of it. */
export interface FeatureCopy {
  /** A reading of this view alone. */
  readonly reading: EntityReading
  /** When it was read, milliseconds since 1970. */
  readonly atMs: number
}

/** Whose copy it is. */
export interface CopyOwner {
  readonly workspaceId: string
  readonly viewId: string
  /** The version of the view's source: what another definition made has another key. */
  readonly version: number
}

const readingSchema = v.variant('status', [
  v.object({
    status: v.literal('present'),
    state: v.object({
      eventTime: v.string(),
      ingestUs: v.number(),
      values: v.array(v.unknown()),
      present: v.exactOptional(v.array(v.boolean())),
    }),
  }),
  v.object({ status: v.literal('missing') }),
])
const copySchema = v.object({
  format: v.literal(1),
  atMs: v.number(),
  atUs: v.exactOptional(v.number()),
  version: v.number(),
  reading: readingSchema,
  marks: v.record(v.string(), v.number()),
})

/** The name of a copy, below 200 bytes whatever the entity's key: it begins with the ids of its owner. */
export async function copyKey(owner: CopyOwner, entityKey: string): Promise<string> {
  const { workspaceId, viewId, version } = owner
  return `features/v1/${workspaceId}/${viewId}/${version}/${await sha256Hex(entityKey)}`
}

/** Writes a copy as text; nothing of a reading that says nothing true. */
export function encodeCopy({ reading, atMs }: FeatureCopy): string | undefined {
  const { readings, versions, marks, atUs } = reading
  const [said] = readings
  if (said === undefined || said.status === 'unknown') return undefined
  return JSON.stringify({ format: 1, atMs, atUs, version: versions[0] ?? 0, reading: said, marks })
}

/** Reads a copy's text; nothing where it is damaged or of another format. */
export function decodeCopy(text: string): FeatureCopy | undefined {
  const read = v.safeParse(copySchema, parse(text))
  if (!read.success) return undefined
  const { atMs, atUs, version, reading, marks } = read.output
  const moment = atUs === undefined ? {} : { atUs }
  return { atMs, reading: { readings: [reading], versions: [version], marks, ...moment } }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
