import { diffDefinitions } from '../../shared/plan/diff-definitions.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import type { VersionState } from '../contracts/registry-contract.ts'
import type { AppliedVersion, RegistryStatements } from './registry-statements.ts'

/**
 * The versions of a workspace, with what each changed in the one before it. Cost: a comparison of two texts for
 * each version.
 */
export function createHistory(statements: Pick<RegistryStatements, 'version' | 'versions'>) {
  const stateOf = (made: AppliedVersion, before: AppliedVersion | undefined): VersionState => {
    const { version, hash, appliedUs, keyId, action } = made
    const isSame = before !== undefined && before.canonical === made.canonical
    const [old, now] = [before, made].map(
      one => one && decodeDefinitions(JSON.parse(one.canonical)),
    )
    const changes = isSame || now === undefined ? [] : diffDefinitions(old, now).changes
    return { version, hash, appliedUs, keyId, action, changes }
  }
  return {
    versions(upTo: number, count: number): VersionState[] {
      const made = statements.versions(upTo, count + 1)
      return made.slice(0, count).map((version, at) => stateOf(version, made[at + 1]))
    },
    version(number: number) {
      const [made, before] = statements.versions(number, 2)
      if (made?.version !== number) return undefined
      return { ...stateOf(made, before), canonical: made.canonical }
    },
  }
}
