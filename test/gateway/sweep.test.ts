import {
  createExecutionContext,
  createScheduledController,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import worker from '../../gateway/worker.ts'
import { plainSource } from './support/test-definitions.ts'
import { testWorkspace } from './support/test-workspace.ts'

it('the hourly sweep arms the alarms that were lost, and leaves the rest asleep', async () => {
  const workspace = testWorkspace(0)
  await workspace.apply([plainSource('holding'), plainSource('empty')])
  await workspace.pushRecords('holding', [{ n: 1 }])
  const alarmOf = (source: string) =>
    runInDurableObject(workspace.partition(source), (_, state) => state.storage.getAlarm())
  const before = await alarmOf('holding')
  expect(before).toBeTypeOf('number')
  await runInDurableObject(workspace.partition('holding'), (_, state) =>
    state.storage.deleteAlarm(),
  )
  const context = createExecutionContext()
  worker.scheduled(createScheduledController(), env, context)
  await waitOnExecutionContext(context)
  expect(await alarmOf('holding')).toBeTypeOf('number')
  expect(await alarmOf('empty')).toBe(null)
})
