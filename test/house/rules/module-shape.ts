import { isIn, moduleRule } from '../support/house-rule.ts'

const production = ['shared/', 'client/', 'gateway/', 'cli/', 'build/', 'examples/']
const runtimeFree = ['shared/', 'client/', 'gateway/']
const doors = [
  'shared/index.ts',
  'shared/expressions.ts',
  'shared/types.ts',
  'client/index.ts',
  'client/browser.ts',
  'client/storage-outbox.ts',
  'client/workspace/index.ts',
  'client/offline/index.ts',
]

/** Files that may be longer, each with its reason and its own limit. */
const longer: ReadonlyMap<string, number> = new Map([
  // One schedule from its seed to its oracles, read from top to bottom.
  ['test/simulation/run-schedule.ts', 280],
])
const maxLines = 250

export const shortFiles = moduleRule(
  `no file has more than ${maxLines} lines`,
  ({ path, lines }) =>
    lines > (longer.get(path) ?? maxLines) ? [{ line: lines, what: `${lines} lines` }] : [],
)

export const namedExports = moduleRule(
  'only the Worker and configurations export a default',
  ({ path, defaultExports }) =>
    path === 'gateway/worker.ts' || /^[a-z]+\.config\.ts$|\.d\.ts$/.test(path)
      ? []
      : defaultExports,
)

export const noBarrels = moduleRule('only the doors export what others hold', module =>
  isIn(module.path, production) && !isIn(module.path, doors) ? module.reExports : [],
)

export const noAny = moduleRule('nothing is of type any', ({ anys }) => anys)

/** Where a type is asserted, each with its reason. */
const asserting = [
  // Stubs of objects widen tuples; both ends are built from the same contract.
  'gateway/platform/peers.ts',
  // Reading plain data gives the wide type; the function that was called knows the narrow one.
  'shared/definitions/',
  'shared/expressions/post-processor.ts',
  'shared/expressions/transformation.ts',
  'shared/fields/',
]

export const noCasts = moduleRule('data is decoded, not cast', ({ path, casts }) =>
  isIn(path, production) && !isIn(path, asserting) ? casts : [],
)

export const noModuleState = moduleRule('modules hold no state', ({ path, state }) =>
  isIn(path, runtimeFree) ? state : [],
)
