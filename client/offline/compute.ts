import * as v from 'valibot'
import { addedTypes } from '../../shared/added-columns.ts'
import { type Cut, formatCut } from '../../shared/cut.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import { type AnySource, recordFieldsOf } from '../../shared/definitions/stream-source.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import type { GatewayHttp } from '../workspace/gateway-http.ts'
import { appliedSource } from '../workspace/source-handle.ts'
import { type Engine, type EngineOptions, openEngine } from './engine.ts'
import { openPartCache } from './part-cache.ts'
import type { TellProgress } from './progress.ts'
import { fetchSource } from './source-files.ts'
import type { TrainingScript } from './sql/events-steps.ts'
import { countRows, keepAnswer } from './sql/result-table.ts'
import { countBegunLate, earliestKept, makeRows } from './sql/source-rows.ts'
import type { TrainingView } from './sql/training-view.ts'
import { type TrainingFrame, trainingFrame } from './training-frame.ts'
import { featureFields } from './training-views.ts'
import { sourcesOf, viewsOfJob } from './views-of-job.ts'

/** What is computed: by which views, and how their script is made once their rows are there. */
export interface Job {
  readonly views: readonly FeatureViewDefinition[]
  /** Loads what the script takes; gives the columns that stand before the features. */
  readonly prepare: (engine: Engine) => Promise<readonly AnyField[]>
  readonly script: (views: readonly TrainingView[]) => TrainingScript
  /** Counts what lies before a moment, in microseconds; nothing to be warned of if absent. */
  readonly countBefore?: (us: bigint) => string
}

export interface ComputePorts {
  readonly http: GatewayHttp
  readonly workspace: string
  readonly cacheFolder: string
  readonly engine: EngineOptions
  readonly cuts: ReadonlyMap<string, Cut>
  readonly tell: TellProgress
  readonly signal: AbortSignal | undefined
}

const countSchema = v.object({ count: v.number() })
const earliestSchema = v.object({ us: v.nullable(v.union([v.number(), v.bigint()])) })

/** Fetches what views are made of, and computes. What it took is removed where it fails. */
export async function compute(ports: ComputePorts, job: Job): Promise<TrainingFrame> {
  const { signal } = ports
  const engine = await openEngine({ ...ports.engine, ...(signal === undefined ? {} : { signal }) })
  try {
    const own = await job.prepare(engine)
    const sources = sourcesOf(job.views)
    const cuts: Record<string, string> = {}
    const warnings: string[] = []
    for (const [at, source] of sources.entries()) {
      const { cut, hasExpired } = await loadSource(ports, engine, source, at)
      cuts[source.name] = formatCut(cut)
      if (hasExpired) warnings.push(...(await warningOf(engine, job, source, at)))
    }
    const views = viewsOfJob(job.views)
    const { steps, answer, after } = job.script(views.map(({ view }) => view))
    for (const sql of views.flatMap(({ before }) => before)) await engine.run(sql)
    const all = [...steps, ...keepAnswer(answer).map(sql => ({ what: 'answer', sql })), ...after]
    for (const [done, { what, sql }] of all.entries()) {
      ports.tell({ what, done, total: all.length })
      await engine.run(sql)
    }
    ports.tell({ what: 'done', done: all.length, total: all.length })
    const { count } = v.parse(countSchema, await onlyRow(engine, countRows))
    const fields = [...own, ...featureFields(job.views)]
    return trainingFrame(engine, { fields, cuts, warnings, rowCount: count })
  } catch (cause) {
    await engine.close()
    throw cause
  }
}

async function loadSource(
  ports: ComputePorts,
  engine: Engine,
  source: AnySource,
  at: number,
): Promise<{ readonly cut: Cut; readonly hasExpired: boolean }> {
  const { http, workspace, cacheFolder, tell, signal, cuts } = ports
  const asked = signal === undefined ? {} : { signal }
  const { id } = await appliedSource(http, workspace, source.name, asked)
  const given = cuts.get(source.name)
  const files = await fetchSource(
    { http, cache: await openPartCache(cacheFolder), folder: engine.folder, tell, ...asked },
    {
      name: source.name,
      workspace,
      id,
      columns: [...recordFieldsOf(source).map(({ name }) => name), ...Object.keys(addedTypes)],
      ...(given === undefined ? {} : { cut: given }),
    },
  )
  const { paths, cut, tailPath, inTailAlone } = files
  await engine.run(makeRows(at, source, paths, cut))
  if (files.hasExpired || inTailAlone.length === 0) return files
  const late = v.parse(countSchema, await onlyRow(engine, countBegunLate(tailPath, inTailAlone)))
  return { cut, hasExpired: late.count > 0 }
}

/** Says how many of the events lie before what a retention has left. */
async function warningOf(
  engine: Engine,
  { countBefore }: Job,
  source: AnySource,
  at: number,
): Promise<readonly string[]> {
  const { us } = v.parse(earliestSchema, await onlyRow(engine, earliestKept(at)))
  if (us === null || countBefore === undefined) return []
  const { count } = v.parse(countSchema, await onlyRow(engine, countBefore(BigInt(us))))
  const since = timestampOfMicros(BigInt(us))
  const gone = `Records of "${source.name}" that came before ${since} have expired`
  return [
    count === 0
      ? `${gone}: windows that reach behind that lack them.`
      : `${gone}: ${count} of the moments asked for lie before, and windows that reach behind lack them.`,
  ]
}

async function onlyRow(engine: Engine, sql: string): Promise<unknown> {
  for await (const row of engine.rows(sql)) return row
  return undefined
}
