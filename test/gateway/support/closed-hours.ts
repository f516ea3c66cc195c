import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { createCatalogue } from '../../../gateway/offline/catalogue.ts'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import type { Ports } from '../../../gateway/ports.ts'
import { numbersIn } from './numbers.ts'
import type { TestWorkspace } from './test-workspace.ts'

export const hourMs = 3_600_000
const message = { format: 1 }

/** An hour long after today: no alarm rings by itself before a test says so. */
export const tenOClock = Date.UTC(2097, 0, 5, 10)

/** Small parts of sources of one column `n`, in an hour that a test lets pass. */
export function closedHoursIn(workspace: TestWorkspace) {
  const { append } = numbersIn(workspace)
  const objectsUnder = async (prefix: string, source: string) => {
    const folder = `${prefix}/v1/${workspace.workspaceId}/${workspace.idOf('stream_source', source)}/`
    return (await env.LOG.list({ prefix: folder })).objects.map(({ key }) => key).sort()
  }
  const alarm = async (source: string, turns = 3) => {
    for (let turn = 0; turn < turns; turn++) {
      await runDurableObjectAlarm(workspace.catalogue(source))
    }
  }
  return {
    alarm,
    objectsUnder,
    setTime(ms: number): void {
      vi.useFakeTimers({ toFake: ['Date'] })
      vi.setSystemTime(ms)
    },
    /** Appends rows and rolls them into a part of their own, again and again, from a number on. */
    async fill(source: string, parts: number, rows: number, first = 0): Promise<void> {
      for (let part = 0; part < parts; part++) {
        await append(source, rows, first + part * rows)
        await workspace.partition(source).roll(message)
        vi.setSystemTime(Date.now() + 60_000)
      }
    },
    /** Lets the hour be over and all that is due be done. */
    async closeHour(source: string): Promise<void> {
      vi.setSystemTime(tenOClock + hourMs + 900_000)
      await alarm(source)
    },
    list: (source: string) => workspace.catalogue(source).list(message),
    /** Lets a fresh incarnation with changed ports do what is due. */
    alarmWith: (source: string, change: (ports: Ports) => Ports): Promise<void> =>
      runInDurableObject(workspace.catalogue(source), async (_, state) => {
        const identity = {
          workspaceId: workspace.workspaceId,
          sourceId: workspace.idOf('stream_source', source),
        }
        await createCatalogue(change(platformPorts(state, env)), identity).alarm()
      }),
    /** Runs SQL in a source's catalogue. */
    sql: (source: string, statement: string) =>
      runInDurableObject(workspace.catalogue(source), (_, state) =>
        state.storage.sql.exec(statement).toArray(),
      ),
  }
}
