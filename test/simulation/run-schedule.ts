import { checkReadable } from './check-readable.ts'
import { jumpClock, setClocksRight } from './clock-jumps.ts'
import type { Faults } from './faults.ts'
import { followWork } from './follow-work.ts'
import { hastySender } from './hasty-sender.ts'
import { hazardRules, scheduleHazard } from './hazards.ts'
import { httpCaller } from './http-callers.ts'
import { checkCut, checkOldLists, checkTails, judge } from './judge.ts'
import { createLedger } from './ledger.ts'
import { createNetwork } from './network.ts'
import { createOperator } from './operator.ts'
import { scheduleChanges } from './schedule-changes.ts'
import { crowdOf, planOf, type SchedulePlan } from './schedule-plan.ts'
import { streams } from './seed-streams.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'
import { type SimSender, simDevice } from './sim-device.ts'
import { upkeepSizes } from './sim-sizes.ts'
import { simWorker } from './sim-worker.ts'
import { simWorld } from './sim-world.ts'
import { restartForDeploy } from './versions.ts'
import { virtualTime } from './virtual-time.ts'
import { createWatcher } from './watcher.ts'
import {
  definitionsOf,
  drawRecord,
  type SourceName,
  spreadTime,
  startMs,
  workspaceId,
} from './workload.ts'

export interface ScheduleResult {
  readonly seed: number
  readonly plan: SchedulePlan
  /** Sentences on what must not be; empty when all is well. */
  readonly wrong: readonly string[]
  readonly faults: number
  readonly calls: number
  readonly events: number
  readonly virtualMs: number
  /** The same for the same seed, plan and code. */
  readonly hash: number
  readonly trace: readonly string[]
  /** Whether it did not come to its end, so that all but seed, plan and what is wrong is unknown. */
  readonly isBrokenOff?: true
}

export interface ScheduleOptions {
  readonly faultsOf: (random: SeededRandom, plan: SchedulePlan) => Faults
  /** What is left out, or made smaller, of what the seed draws. */
  readonly mask?: Partial<SchedulePlan>
  readonly keepTrace?: boolean
}

/** Reports of production code that must never be made, whatever the faults. */
const forbidden = [
  'roll stopped',
  'commit conflicts',
  'history is missing',
  'view degraded',
  'entity too large',
  'shard is ahead of its partition',
  'catalogue is ahead of its partition',
]
/** Devices push and faults happen for so long; then all has to be settled in as long again. */
const pushingMs = 60_000
const healingMs = 60_000
const maxEvents = 100_000

/** Runs one schedule: senders push through faults, faults stop, everything drains, the oracles judge. */
export async function runSchedule(
  seed: number,
  { faultsOf, mask = {}, keepTrace = false }: ScheduleOptions,
): Promise<ScheduleResult> {
  const plan = planOf(seed, mask)
  const random = seededRandom(seed, streams.time)
  const rules = hazardRules[plan.hazard]
  const faults = faultsOf(seededRandom(seed, streams.faults), plan)
  const time = virtualTime(startMs, random)
  const lines: string[] = []
  let hash = 0x811c9dc5
  const trace = (line: string) => {
    const stamped = `${time.now() - startMs} ${line}`
    for (let at = 0; at < stamped.length; at++) {
      hash = Math.imul(hash ^ stamped.charCodeAt(at), 0x01000193)
    }
    if (keepTrace) lines.push(stamped)
  }
  const context = { time, random, faults, trace }
  const world = simWorld(context, plan.pageRoom)
  const watcher = createWatcher(world, time)
  const definitions = {
    first: definitionsOf(plan.partitions),
    evolved: definitionsOf(plan.partitions, true),
  }
  const operator = createOperator(context, world, watcher, plan)
  const holder = { kind: 'ingest' as const, workspaceId, keyId: 'key' }
  const workers = [0, 1].map(at => simWorker(world, `worker ${at}`, holder))
  const network = createNetwork(context, workers)
  const ledger = createLedger((record, settled) => {
    trace(`${record.id} ${settled.status} ${settled.code ?? ''}`)
    follow(
      checkReadable(watcher, record, settled, ledger, rules),
      `the reading of ${record.id}`,
      'I5',
    )
  })
  const { follow, open } = followWork(ledger.wrong)
  const until = async (work: Promise<unknown>, what: string): Promise<void> => {
    let done = false
    work
      .catch(cause => ledger.wrong.push(`${what} failed: ${cause}`))
      .finally(() => {
        done = true
      })
    const ended = await time.run(maxEvents, () => done)
    if (ended !== 'stopped') ledger.wrong.push(`I11 ${what} does not come to an end`)
  }

  await until(operator.applyFirst(), 'the first apply')
  const crowd = crowdOf(plan)
  const senders = crowd.map(({ kind, at }): SimSender => {
    const name = `${kind} ${at}`
    // One run in four has phones, which keep their records as the product does.
    const kept = seed % 4 === 3 ? 'phone' : 'journal'
    if (kind === 'device') return simDevice(context, name, kept, network, ledger)
    if (kind === 'page') return simDevice(context, name, 'memory', network, ledger)
    if (kind === 'hasty') return hastySender(context, name, network, ledger)
    return httpCaller(context, name, kind, network, ledger)
  })
  let isLateApplied = false
  const disturb = seededRandom(seed, streams.disturbances)
  const lateMs = 15_000 + disturb() * 20_000
  for (const [at, sender] of senders.entries()) {
    const draw = seededRandom(seed, streams.senders + at)
    const spread = seededRandom(seed, streams.times + at)
    const { kind = '' } = crowd[at] ?? {}
    for (let count = 0; count < plan.records; count++) {
      const chosen = draw()
      const whenMs = draw() * pushingMs
      const id = `${kind}${at}-${count}`
      const wanted: SourceName = chosen < 0.65 ? 'events' : chosen < 0.85 ? 'clicks' : 'late'
      const pushedMs = startMs + whenMs
      const plain = drawRecord(draw, wanted, id, pushedMs)
      const drawn = plan.aggregates.length === 0 ? plain : spreadTime(plain, spread, pushedMs)
      // Clicks begin the moment that their view comes, so that both meet in their partition.
      const clickMs = lateMs + (whenMs % 2_000) - 200
      time.at(wanted === 'clicks' ? clickMs : whenMs, () => {
        const source = wanted === 'late' && !isLateApplied ? 'events' : wanted
        // Whoever knows the new column uses it, whatever the Workers know by then.
        const isNoted = operator.isEvolved() && source !== 'late'
        const { sources } = isNoted ? definitions.evolved : definitions.first
        sender.push(sources[source], { ...drawn, source, ...(isNoted ? { note: id } : {}) })
      })
    }
  }
  if (plan.appliesLate) {
    time.at(lateMs, () => {
      const applied = operator.applyLate().then(() => {
        isLateApplied = true
      })
      follow(applied, 'the late apply')
    })
  }
  scheduleChanges(seed, plan, { time, operator, ledger, follow, pushingMs, lateMs })
  for (let count = 0; count < 8; count++) {
    const [whenMs, kind, pick] = [disturb() * pushingMs, disturb(), disturb()]
    if (count >= plan.disturbances) continue
    time.at(whenMs, () => operator.disturb(kind, pick, senders, workers))
  }
  const rollout = seededRandom(seed, streams.rollouts)
  for (let count = 0; count < plan.rollouts; count++) {
    const [whenMs, forMs] = [rollout() * pushingMs, rollout() * 20_000]
    const version = rollout() < 0.6 ? 'older' : 'newer'
    time.at(whenMs, () => {
      trace(`the ${version} version is deployed to some`)
      world.deploy.begin(version)
      restartForDeploy(rollout, world, workers, 0.6)
    })
    time.at(whenMs + forMs, () => {
      trace('the present version is deployed')
      world.deploy.end()
      restartForDeploy(rollout, world, workers)
    })
  }
  const clocks = { world, senders, workers, ledger, trace }
  scheduleHazard(plan.hazard, seededRandom(seed, streams.hazard), time, clocks)
  const jumps = seededRandom(seed, streams.clocks)
  for (let count = 0; count < plan.clockJumps; count++) {
    time.at(jumps() * pushingMs, () => jumpClock(jumps, clocks))
  }
  // A catalogue deletes what it replaced by its own clock.
  const isGraceKept = plan.clockJumps === 0 && rules.isReadable
  for (let count = 0; count < plan.cuts; count++) {
    time.at(disturb() * pushingMs, () => {
      follow(checkCut(watcher, ledger, isGraceKept, rules), 'a cut')
    })
    const waitMs = disturb() * 0.9 * upkeepSizes.graceMs
    const readMs = disturb() * pushingMs
    if (isGraceKept) {
      time.at(readMs, () => follow(checkOldLists(watcher, waitMs, ledger), 'an old list'))
    }
  }

  const endMs = startMs + pushingMs
  const pushed = await time.run(maxEvents, () => time.now() >= endMs)
  if (pushed === 'exhausted') ledger.wrong.push('I11 time stands still while records are pushed')
  faults.stop()
  setClocksRight(clocks)
  trace('faults stop')
  time.at(healingMs, () => {
    for (const sender of senders) {
      if (sender.pending() === 0 || !rules.isAnswered) continue
      ledger.wrong.push(`I11 ${sender.name} still waits for ${sender.pending()} records`)
    }
  })
  time.at(2 * healingMs, () => {
    // Without a lost alarm nobody needs the sweep; an alarm set by a wrong clock may be years away.
    const isLate = faults.injectedOf('alarm_lost') > 0 || plan.clockJumps > 0 || !rules.isWhole
    const checked = isLate ? [] : [checkTails(watcher, world, ledger)]
    follow(Promise.all(checked).then(operator.sweep), 'the sweep')
  })
  // Whoever is not answered asks for ever.
  const restMs = rules.isAnswered ? Number.POSITIVE_INFINITY : startMs + 5 * healingMs
  const drained = await time.run(maxEvents, () => time.now() >= restMs)
  if (rules.isAnswered && drained !== 'idle') ledger.wrong.push('I11 the run does not come to rest')
  const left = drained === 'idle' ? open() : []
  ledger.wrong.push(...left.map(what => `I11 ${what} waits for what never comes`))
  await until(judge(watcher, world, ledger, rules, operator.viewVersion()), 'the judge')
  for (const { event, facts } of world.reports) {
    if (forbidden.includes(event) && !rules.reports.includes(event))
      ledger.wrong.push(`report: ${event} ${facts}`)
  }
  trace(`events ${time.events()}`)
  world.close()
  return {
    seed,
    plan,
    wrong: [...new Set(ledger.wrong)].filter(
      sentence => rules.isFolded || !/^(?:in mid-flow: )?I[45] /.test(sentence),
    ),
    faults: faults.injected(),
    calls: faults.calls(),
    events: time.events(),
    // A clock that was years ahead leaves alarms that are years away.
    virtualMs: Math.min(time.now() - startMs, 20 * pushingMs),
    hash: hash >>> 0,
    trace: lines,
  }
}
