import { isIn, moduleRule } from '../support/house-rule.ts'

const sqlPattern =
  /\b(?:SELECT\s.*?\sFROM|INSERT\s+(?:OR\s+[A-Z]+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(?:CREATE|DROP|ALTER)\s+(?:TABLE|INDEX|VIEW))\b/s

export const sqlInStatements = moduleRule(
  'only files of statements, the duties and training data say SQL',
  ({ path, texts }) =>
    isIn(path, ['gateway/', 'shared/', 'client/']) &&
    !/^gateway\/.*-statements\.ts$|^gateway\/duties\.ts$|^client\/offline\/sql\//.test(path)
      ? texts.filter(({ what }) => sqlPattern.test(what))
      : [],
)

export const r2InOffline = moduleRule(
  'only the offline folder and the platform say R2',
  ({ path, typeNames }) =>
    // The binding itself is named where all bindings are.
    path.startsWith('gateway/') &&
    !isIn(path, ['gateway/offline/', 'gateway/platform/', 'gateway/env.ts'])
      ? typeNames.filter(({ what }) => /^R2[A-Z]/.test(what))
      : [],
)

export const statusesInRoutes = moduleRule(
  'only routes choose HTTP statuses',
  ({ path, responses }) =>
    path.startsWith('gateway/') && !isIn(path, ['gateway/routes/', 'gateway/app.ts'])
      ? responses
      : [],
)

export const nodeInPlace = moduleRule(
  'Node is imported only by tools, tests, the offline folders and the digests of rows',
  ({ path, imports }) =>
    isIn(path, [
      'cli/',
      'client/node/',
      'client/offline/',
      'build/',
      'test/',
      'bench/',
      'gateway/offline/',
      'gateway/log/row-digest.ts',
    ]) || /^[a-z]+\.config\.ts$/.test(path)
      ? []
      : imports
          .filter(({ specifier }) => specifier.startsWith('node:'))
          .map(({ specifier, line }) => ({ line, what: specifier })),
)

export const effectsAtTheEdge = moduleRule(
  'clock, chance, timers and network come in through options and ports',
  ({ path, effects }) =>
    isIn(path, ['shared/', 'client/', 'gateway/']) &&
    // The client's clocks, and the doors that put the defaults in.
    !isIn(path, [
      'gateway/platform/',
      'client/clock.ts',
      'client/node/quiet-clock.ts',
      'client/client.ts',
      'client/react-native/react-native.ts',
    ])
      ? effects
      : [],
)
