import { type ContractBed, type ContractCase, classOf } from './contract-case.ts'

const later = 4_000_000_000_000
const table = 'CREATE TABLE t (n INTEGER PRIMARY KEY)'
const rows = ({ storage }: ContractBed) => storage.sql('SELECT n FROM t ORDER BY n')
const insert = ({ storage }: ContractBed, n: number) => storage.sql('INSERT INTO t VALUES (?)', n)

function caught(work: () => unknown): unknown {
  try {
    return work()
  } catch (cause) {
    return classOf(cause)
  }
}

function withTable(name: string, run: (bed: ContractBed) => unknown): ContractCase {
  return {
    name,
    run: bed => {
      bed.storage.sql(table)
      return run(bed)
    },
  }
}

const own = (): never => {
  throw new Error('own: stop')
}

export const objectCases: readonly ContractCase[] = [
  withTable('a transaction gives what its work gives', ({ storage }) =>
    storage.transaction(() => 7),
  ),
  withTable('a transaction keeps its writes', bed => {
    bed.storage.transaction(() => insert(bed, 1))
    return rows(bed)
  }),
  withTable('a transaction sees its own writes', bed =>
    bed.storage.transaction(() => {
      insert(bed, 1)
      return rows(bed)
    }),
  ),
  withTable('a throw passes on and takes the writes back', bed => [
    caught(() =>
      bed.storage.transaction(() => {
        insert(bed, 1)
        return own()
      }),
    ),
    rows(bed),
  ]),
  withTable('a throw leaves what was written before', bed => {
    insert(bed, 1)
    caught(() =>
      bed.storage.transaction(() => {
        insert(bed, 2)
        return own()
      }),
    )
    insert(bed, 3)
    return rows(bed)
  }),
  withTable('a failed statement in a transaction that goes on', bed =>
    bed.storage.transaction(() => {
      insert(bed, 1)
      const failed = caught(() => insert(bed, 1))
      insert(bed, 2)
      return [failed, rows(bed)]
    }),
  ),
  withTable('a failed statement that ends its transaction', bed => [
    caught(() =>
      bed.storage.transaction(() => {
        insert(bed, 1)
        insert(bed, 1)
      }),
    ),
    rows(bed),
  ]),
  withTable('a table that a throw takes back', ({ storage }) => [
    caught(() =>
      storage.transaction(() => {
        storage.sql('CREATE TABLE made (a)')
        return own()
      }),
    ),
    caught(() => storage.sql('SELECT a FROM made')),
  ]),
  withTable('a dropped table that a throw brings back', bed => {
    insert(bed, 1)
    const thrown = caught(() =>
      bed.storage.transaction(() => {
        bed.storage.sql('DROP TABLE t')
        return own()
      }),
    )
    return [thrown, rows(bed)]
  }),
  withTable('a table dropped and made again in one transaction', bed => {
    insert(bed, 1)
    bed.storage.transaction(() => {
      bed.storage.sql('DROP TABLE t')
      bed.storage.sql(table)
      insert(bed, 9)
    })
    return rows(bed)
  }),
  withTable('transactions one after the other', bed => {
    for (const n of [1, 2, 3]) bed.storage.transaction(() => insert(bed, n))
    return rows(bed)
  }),
  withTable('writes are there after they are confirmed', async bed => {
    insert(bed, 1)
    await bed.storage.sync()
    await bed.storage.sync()
    return rows(bed)
  }),
  withTable('confirming nothing', async ({ storage }) => {
    await storage.sync()
    return 'done'
  }),
  withTable('rows that were read do not change', bed => {
    insert(bed, 1)
    const before = rows(bed)
    insert(bed, 2)
    return before
  }),
  withTable('writing counts rows and reading does not', bed => {
    const start = bed.storage.rowsWritten()
    insert(bed, 1)
    const written = bed.storage.rowsWritten()
    rows(bed)
    return [written > start, bed.storage.rowsWritten() === written]
  }),
  { name: 'no alarm at first', run: ({ alarm }) => alarm() },
  ...[
    ['an alarm', [later]],
    ['an alarm set later', [later, later + 5]],
    ['an alarm set earlier', [later, later - 5]],
    ['an alarm set to the same', [later, later]],
    ['an alarm deleted', [later, null]],
    ['an alarm deleted that was never set', [null]],
    ['an alarm set again after it was deleted', [later, null, later + 1]],
  ].map(
    ([name, times]): ContractCase => ({
      name: String(name),
      run: ({ storage, alarm }) => {
        for (const at of Array.isArray(times) ? times : []) {
          if (at === null) storage.deleteAlarm()
          else storage.setAlarm(at)
        }
        return alarm()
      },
    }),
  ),
  {
    name: 'an alarm outlives its confirmation',
    run: async ({ storage, alarm }) => {
      storage.setAlarm(later)
      await storage.sync()
      return alarm()
    },
  },
  {
    name: 'an alarm set in a transaction',
    run: ({ storage, alarm }) => {
      storage.transaction(() => storage.setAlarm(later))
      return alarm()
    },
  },
  {
    name: 'an alarm set in a transaction that throws',
    run: ({ storage, alarm }) => {
      storage.setAlarm(later)
      caught(() =>
        storage.transaction(() => {
          storage.setAlarm(later + 7)
          return own()
        }),
      )
      return alarm()
    },
  },
]
