import type { HouseRule, Modules } from '../support/house-rule.ts'
import { targetOf } from './import-direction.ts'

/** No module needs itself to run. */
export const importCycles: HouseRule = {
  name: 'no imports form a cycle',
  check: modules => cyclesOf(modules, false),
}

/**
 * Types name each other in one place only: the bindings are typed by the classes behind them, and those take
 * the bindings.
 */
const typeCycles = ['gateway/env.ts', 'gateway/worker.ts']

/** Cycles over types alone hurt nobody at run time, but say that two files are one. */
export const importTypeCycles: HouseRule = {
  name: 'no imports of types form a cycle',
  check: modules =>
    cyclesOf(modules, true).filter(cycle => !typeCycles.every(path => cycle.includes(path))),
}

/** Gives each knot of modules that reach each other, as the sorted list of its members. */
function cyclesOf(modules: Modules, withTypes: boolean): readonly string[] {
  const edges = new Map(
    [...modules.values()].map(({ path, imports }) => [
      path,
      imports
        .filter(({ typeOnly }) => withTypes || !typeOnly)
        .flatMap(({ specifier }) => targetOf(path, specifier) ?? []),
    ]),
  )
  const reach = new Map([...edges.keys()].map(path => [path, reachOf(edges, path)]))
  const knots = [...reach].filter(([path, seen]) => seen.has(path))
  return [
    ...new Set(
      knots.map(([path, seen]) =>
        [...seen]
          .filter(other => reach.get(other)?.has(path))
          .sort()
          .join(' ⇄ '),
      ),
    ),
  ]
}

function reachOf(edges: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const seen = new Set<string>()
  const waiting = [...(edges.get(start) ?? [])]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    waiting.push(...(edges.get(path) ?? []))
  }
  return seen
}
