import type { HouseRule } from '../support/house-rule.ts'
import { importCycles, importTypeCycles } from './import-cycles.ts'
import { importDirection, importsResolve } from './import-direction.ts'
import {
  namedExports,
  noAny,
  noBarrels,
  noCasts,
  noModuleState,
  shortFiles,
} from './module-shape.ts'
import {
  effectsAtTheEdge,
  nodeInPlace,
  r2InOffline,
  sqlInStatements,
  statusesInRoutes,
} from './one-place.ts'

/** Every rule about modules; what they mean stands in DESIGN's terms beside each. */
export const allRules: readonly HouseRule[] = [
  importDirection,
  importsResolve,
  importCycles,
  importTypeCycles,
  shortFiles,
  namedExports,
  noBarrels,
  noAny,
  noCasts,
  noModuleState,
  sqlInStatements,
  r2InOffline,
  statusesInRoutes,
  nodeInPlace,
  effectsAtTheEdge,
]
