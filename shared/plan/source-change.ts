import { durationMs } from '../definitions/duration.ts'
import { schemaChange } from '../definitions/schema-change.ts'
import { sortedJson } from '../definitions/sorted-json.ts'
import { type AnySource, eventTimeFieldOf, recordFieldsOf } from '../definitions/stream-source.ts'
import { encodePostProcessor } from '../expressions/post-processor.ts'
import type { AnyField } from '../fields/field.ts'
import { type ObjectChange, recreation, updating } from './object-change.ts'

/**
 * Gives what becomes of a source that is declared otherwise: the log goes on where every record in it can still
 * be read as one of the new schema, and another source begins where it cannot.
 */
export function sourceChange(before: AnySource, after: AnySource): ObjectChange {
  const breaking = [
    ...schemaBreaks(before.schema, after.schema),
    ...translationBreaks(before, after),
    ...logBreaks(before, after),
  ]
  if (breaking.length > 0) {
    const kept = before.streamConfig.logOffline
      ? 'The offline log of the old source is kept until its retention, and the new one begins empty.'
      : 'The records of the old source are forgotten, and the new one begins empty.'
    return recreation([...breaking, kept], 'destructive')
  }
  const change = updating(...retentionOf(before, after))
  const [from, to] = [before, after].map(({ streamConfig }) => streamConfig.partitions)
  if (from === undefined || to === undefined || to >= from) return change
  const refusal = `Source "${after.name}" would go from ${from} to ${to} partitions, and counts only double.`
  return { ...change, refusals: [refusal] }
}

function schemaBreaks(before: readonly AnyField[], after: readonly AnyField[]): readonly string[] {
  const change = schemaChange(before, after)
  return change.compatible ? [] : change.reasons
}

/** What was admitted has a row by the post-processor of then; by another one it may have none, or another. */
function translationBreaks(before: AnySource, after: AnySource): readonly string[] {
  const [was, is] = [before, after].map(({ streamConfig: { postProcessor } }) => postProcessor)
  if (was === undefined && is === undefined) return []
  if (was === undefined || is === undefined) {
    const how = is === undefined ? 'is removed' : 'is added'
    return [`The post-processor ${how}, and records in the log were admitted without this change.`]
  }
  const reasons = schemaBreaks(recordFieldsOf(before), recordFieldsOf(after))
  if (sortedJson(encodePostProcessor(was)) === sortedJson(encodePostProcessor(is))) return reasons
  return [
    ...reasons,
    'The post-processor changes, and rows and features of the records in the log were made by the old one.',
  ]
}

function logBreaks(before: AnySource, after: AnySource): readonly string[] {
  const reasons: string[] = []
  const [wasLogged, isLogged] = [before.streamConfig.logOffline, after.streamConfig.logOffline]
  if (wasLogged !== isLogged) {
    reasons.push(`logOffline goes from ${wasLogged} to ${isLogged}, and a log is whole or is none.`)
  }
  const [was, is] = [eventTimeFieldOf(before), eventTimeFieldOf(after)]
  if (was !== is) {
    reasons.push(
      `The event time goes from ${named(was)} to ${named(is)}, by which its records are ordered.`,
    )
  }
  return reasons
}

function retentionOf(before: AnySource, after: AnySource): Parameters<typeof updating> {
  const [was, is] = [before, after].map(({ streamConfig: { retention } }) =>
    retention === undefined ? Number.POSITIVE_INFINITY : durationMs(retention),
  )
  if (was === undefined || is === undefined || is >= was) return []
  const reason = `Records older than ${after.streamConfig.retention} leave the offline log for good.`
  return [[reason], 'destructive']
}

function named(field: string | undefined): string {
  return field === undefined ? 'none' : `"${field}"`
}
