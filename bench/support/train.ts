import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEngine } from '../../client/offline/engine.ts'
import { eventsTable, readEvents, typedEvents } from '../../client/offline/sql/event-list-sql.ts'
import { eventsScript } from '../../client/offline/sql/events-steps.ts'
import { keepAnswer } from '../../client/offline/sql/result-table.ts'
import { makeRows, rowsName } from '../../client/offline/sql/source-rows.ts'
import { trainingView } from '../../client/offline/training-views.ts'
import { byHand, payments, type ViewName, viewNames, views } from './training-data.ts'

/** Computes one view's features of all events in a process of its own, by Tidegate's SQL or by hand, into a file. */
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    view: { type: 'string', default: '' },
    way: { type: 'string', default: '' },
    memory: { type: 'string', default: '1GB' },
  },
})
const { folder, way } = values
const view = viewOf(values.view)
const names = (await readdir(folder)).filter(name => name.startsWith('part-')).sort()
const last = Number(names.length) * 100_000
const engine = await openEngine({ memoryLimit: values.memory, temporaryFolder: folder })
const columns = [
  { name: 'user_id', type: 'VARCHAR' },
  { name: 'at_time', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'id', type: 'BIGINT' },
]
const checked = [{ name: 'user_id', dtype: payments.schema[0].dtype }, { name: 'at_time' }]
const began = performance.now()
await engine.run(readEvents(join(folder, 'events.parquet'), 'parquet', columns, checked))
for (const sql of typedEvents(columns, checked, 'at_time')) await engine.run(sql)
const paths = names.map(name => join(folder, name))
await engine.run(makeRows(0, payments, paths, [{ partition: 0, upTo: last }]))
const steps: { readonly what: string; readonly seconds: number }[] = []
if (way === 'tidegate') {
  const script = eventsScript([trainingView(views[view], rowsName(0))], eventsTable)
  const all = [...script.steps, ...keepAnswer(script.answer).map(sql => ({ what: 'answer', sql }))]
  for (const { what, sql } of all) {
    const beganMs = performance.now()
    await engine.run(sql)
    steps.push({ what, seconds: (performance.now() - beganMs) / 1_000 })
  }
} else {
  const files = paths.map(path => `'${path}'`).join(', ')
  await engine.run(`CREATE TEMP VIEW rows AS SELECT * FROM read_parquet([${files}])`)
  for (const sql of keepAnswer(`${byHand(view)} ORDER BY id`)) await engine.run(sql)
}
const seconds = (performance.now() - began) / 1_000
const peakBytes = process.resourceUsage().maxRSS * 1_024
const out = join(folder, `${view}-${way}.parquet`)
await engine.run(`COPY tg_result TO '${out}' (FORMAT parquet)`)
await engine.close()
console.log(JSON.stringify({ seconds, peakBytes, steps }))

function viewOf(name: string): ViewName {
  for (const known of viewNames) if (known === name) return known
  throw new Error(`There is no view ${name}.`)
}
