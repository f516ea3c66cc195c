import { checkRecord, explainRefusal } from '../../shared/check-record.ts'
import { clicks } from './schema.ts'

/** A schema and the check of records against it, as the push door holds them. */
export const check = (given: unknown) => {
  const { record, refusals } = checkRecord(clicks.schema, given)
  return refusals[0] === undefined ? record : explainRefusal(refusals[0])
}
