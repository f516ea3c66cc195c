import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Cut, parseCut } from '../../shared/cut.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { requireOptions } from '../../shared/fields/options.ts'
import { describe } from '../../shared/fields/refusal.ts'
import { timestamp } from '../../shared/fields/timestamp-type.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { microsOf, parseDayOrTime, timestampOfMs } from '../../shared/timestamp.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { appliedTarget } from './applied-target.ts'
import { type ComputePorts, compute } from './compute.ts'
import type { EngineOptions } from './engine.ts'
import { type EventList, loadEvents } from './event-list.ts'
import type { TellProgress } from './progress.ts'
import { countEventsBefore, eventsTable } from './sql/event-list-sql.ts'
import { eventsScript } from './sql/events-steps.ts'
import { countStartBefore, rangeScript } from './sql/range-steps.ts'
import { trainingSql } from './sql/training-sql.ts'
import type { TrainingFrame } from './training-frame.ts'
import { joinKeysOf, rangeKeysOf, type TrainingTarget, viewsOf } from './training-views.ts'
import { sourcesOf, viewsOfJob } from './views-of-job.ts'

export interface OfflineOptions {
  /** Where parts are kept, by their digests, for all that read them; `tidegate/parts` in the user's cache if absent. */
  readonly cacheFolder?: string
  /** What DuckDB may keep in memory, such as `1GB`, which it is if absent; what is beyond goes to disk. */
  readonly memoryLimit?: string
  readonly threads?: number
  /** Where that goes, in a folder that is removed; the system's own if absent. */
  readonly temporaryFolder?: string
}

export interface TrainingOptions {
  /** By source a cut that was taken before: the same rows again. */
  readonly cuts?: { readonly [source: string]: string }
  readonly progress?: TellProgress
  readonly signal?: AbortSignal
}

export interface EventsOptions extends TrainingOptions {
  /** The column that says when each event was; the only one of times if absent. */
  readonly timestampKey?: string
}

/** Moments `[start, end)`. */
export interface TimeRange {
  readonly start: Date | string
  readonly end: Date | string
}

/** Training data of a workspace, computed on this machine. */
export interface OfflineWorkspace {
  /**
   * What each event would have been served at its moment, by a service or view declared here or the name of an applied
   * one: the events' own columns, and the features as `view__feature`. Throws an EventListError that names each bad
   * row, before anything is fetched.
   */
  getFeaturesForEvents(
    target: TrainingTarget | string,
    events: EventList,
    options?: EventsOptions,
  ): Promise<TrainingFrame>
  /**
   * What the features of every entity were at each moment of a range: a row for each stretch without a change, from
   * `_valid_from` up to but without `_valid_to`. All views have the same join keys.
   */
  getFeaturesInRange(
    target: TrainingTarget | string,
    range: TimeRange,
    options?: TrainingOptions,
  ): Promise<TrainingFrame>
  /**
   * The SQL of the same for DuckDB elsewhere, with places to put in paths: for events by the column of their moments, or
   * for a range. Asks nobody unless the target is a name.
   */
  sql(
    target: TrainingTarget | string,
    of: { readonly timestampKey: string } | TimeRange,
    options?: Pick<TrainingOptions, 'signal'>,
  ): Promise<string>
}

const known = ['cacheFolder', 'memoryLimit', 'threads', 'temporaryFolder']
const knownOptions = ['cuts', 'progress', 'signal']

/** Opens a workspace for training data; asks nobody yet. DuckDB (@duckdb/node-api) is asked for when it is missing. */
export function openOffline(workspace: Workspace, options: OfflineOptions = {}): OfflineWorkspace {
  requireOptions('openOffline', options, known)
  const { cacheFolder = join(homedir(), '.cache', 'tidegate', 'parts'), ...engine } = options
  const http = workspace['~http']
  const targetOf = async (target: TrainingTarget | string, { signal }: TrainingOptions) =>
    viewsOf(
      typeof target === 'string'
        ? await appliedTarget(http, workspace.name, target, signal)
        : target,
    )
  const portsOf = (
    where: string,
    engine: EngineOptions,
    { cuts = {}, progress = () => {}, signal }: TrainingOptions,
  ): ComputePorts => ({
    http,
    workspace: workspace.name,
    cacheFolder,
    engine,
    cuts: readCuts(where, cuts),
    tell: progress,
    signal,
  })
  return Object.freeze({
    async getFeaturesForEvents(target, events, options = {}) {
      const where = 'getFeaturesForEvents'
      requireOptions(where, options, [...knownOptions, 'timestampKey'])
      const ports = portsOf(where, engine, options)
      const views = await targetOf(target, options)
      const joinKeys = joinKeysOf(views)
      return compute(ports, {
        views,
        prepare: engine =>
          loadEvents(engine, events, { joinKeys, timestampKey: options.timestampKey }),
        script: views => eventsScript(views, eventsTable),
        countBefore: countEventsBefore,
      })
    },
    async getFeaturesInRange(target, range, options = {}) {
      const where = 'getFeaturesInRange'
      requireOptions(where, options, knownOptions)
      const ports = portsOf(where, engine, options)
      const moments = readRange(where, range)
      const views = await targetOf(target, options)
      const keys = rangeKeysOf(views)
      const own: readonly AnyField[] = [
        ...keys,
        { name: '_valid_from', dtype: timestamp, nullable: false },
        { name: '_valid_to', dtype: timestamp, nullable: false },
      ]
      return compute(ports, {
        views,
        prepare: async () => own,
        script: views => rangeScript(views, moments),
        countBefore: us => countStartBefore(moments, us),
      })
    },
    async sql(target, of, options = {}) {
      const definitions = await targetOf(target, options)
      const views = viewsOfJob(definitions)
      const isEvents = 'timestampKey' in of
      if (!isEvents) rangeKeysOf(definitions)
      const training = views.map(({ view }) => view)
      return trainingSql({
        sources: sourcesOf(definitions),
        before: views.flatMap(({ before }) => before),
        script: isEvents
          ? eventsScript(training, eventsTable)
          : rangeScript(training, readRange('sql', of)),
        ...(isEvents ? { timestampKey: of.timestampKey } : {}),
      })
    },
  } satisfies OfflineWorkspace)
}

function readCuts(
  where: string,
  cuts: { readonly [source: string]: string },
): ReadonlyMap<string, Cut> {
  return new Map(
    Object.entries(cuts).map(([source, text]) => {
      const cut = typeof text === 'string' ? parseCut(text) : undefined
      if (cut !== undefined) return [source, cut]
      throw new ValidationError(
        `${where}: cuts.${source} is a cut such as 0:1999,1:-1, of a frame's cuts, but received ${describe(text)}.`,
      )
    }),
  )
}

function readRange(where: string, range: TimeRange) {
  const { start, end } = requireOptions(where, range, ['start', 'end'])
  const startUs = momentOf(`${where}: start`, start)
  const endUs = momentOf(`${where}: end`, end)
  if (startUs < endUs) return { startUs, endUs }
  throw new ValidationError(
    `${where}: The range ends where it starts, or before; end lies after start.`,
  )
}

function momentOf(where: string, time: unknown): bigint {
  const text =
    typeof time === 'string'
      ? parseDayOrTime(time)
      : time instanceof Date
        ? timestampOfMs(time.getTime())
        : undefined
  if (text !== undefined) return microsOf(text)
  throw new ValidationError(
    `${where} is a Date or ISO 8601, such as 2026-01-31T12:00:00Z, but received ${describe(time)}.`,
  )
}
