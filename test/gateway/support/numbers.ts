import { env } from 'cloudflare:workers'
import { appendOf, type TestWorkspace } from './test-workspace.ts'

/** Sources of one column `n`, filled with 0, 1, 2 … and read back as lines. */
export function numbersIn(workspace: TestWorkspace) {
  return {
    /** Objects of the source's log in the bucket. */
    async objects(source: string) {
      const prefix = `log/v1/${workspace.workspaceId}/${workspace.idOf('stream_source', source)}/`
      return (await env.LOG.list({ prefix })).objects
    },
    async lines(source: string): Promise<string[]> {
      return (await workspace.rows(source)).map(row => JSON.stringify(row))
    },
    async append(source: string, count: number, first = 0): Promise<void> {
      for (let at = first; at < first + count; at += 1_000) {
        const some = Math.min(1_000, first + count - at)
        await workspace.partition(source).append(appendOf(at, some))
      }
    },
  }
}

/** The lines of the first numbers. */
export function firstLines(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `{"n":${n}}`)
}
