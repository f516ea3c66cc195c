import { type ModuleFacts, type Place, readModule } from './module-facts.ts'

/** Texts of files by their path from the root. */
export type SourceTree = ReadonlyMap<string, string>

/** The modules of a tree by their path. */
export type Modules = ReadonlyMap<string, ModuleFacts>

export interface HouseRule {
  /** A sentence that is true of the house. */
  readonly name: string
  /** Gives one line for each violation: where, and what stands there. */
  readonly check: (modules: Modules) => readonly string[]
}

/** Reads every TypeScript module of a tree. */
export function readModules(tree: SourceTree): Modules {
  const modules = new Map<string, ModuleFacts>()
  for (const [path, text] of tree) {
    if (/\.ts$/.test(path)) modules.set(path, readModule(path, text))
  }
  return modules
}

/** Makes a rule of what single modules must not hold. */
export function moduleRule(
  name: string,
  violations: (module: ModuleFacts) => readonly Place[],
): HouseRule {
  return {
    name,
    check: modules =>
      [...modules.values()].flatMap(module =>
        violations(module).map(({ line, what }) => `${module.path}:${line} ${what}`),
      ),
  }
}

/** Whether a path lies in one of these folders or is one of these files. */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place))
}
