import { flagOption, requiredList, requiredText, requireOptions } from '../fields/options.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'

const parts = ['year', 'month', 'day', 'hour', 'date'] as const

/** A column by whose part of a date the rows of a table lie in folders: `…/year=2026/month=01/…`. */
export interface DatetimePartitionColumn {
  readonly columnName: string
  readonly datepart: (typeof parts)[number]
  /** Whether its numbers have leading zeros; true if absent. */
  readonly zeroPadded?: boolean
}

/** Gives the partition columns of a batch config, by every rule and with the default written out. */
export function readPartitionColumns(
  where: string,
  value: unknown,
): readonly DatetimePartitionColumn[] {
  const columns = requiredList(
    where,
    { datetimePartitionColumns: value },
    'datetimePartitionColumns',
  )
  const what = `${where}, datetimePartitionColumns`
  return Object.freeze(columns.map(column => readPartitionColumn(what, column)))
}

function readPartitionColumn(where: string, value: unknown): DatetimePartitionColumn {
  const options = requireOptions(where, value, ['columnName', 'datepart', 'zeroPadded'])
  const datepart = parts.find(part => part === options.datepart)
  if (datepart === undefined) {
    throw new ValidationError(
      `${where}: datepart is one of ${parts.join(', ')} but received ${describe(options.datepart)}.`,
    )
  }
  return Object.freeze({
    columnName: requiredText(where, options, 'columnName'),
    datepart,
    zeroPadded: flagOption(where, options, 'zeroPadded', true),
  })
}
