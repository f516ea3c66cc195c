import { ValidationError } from '../../shared/fields/validation-error.ts'
import type { Check } from '../../shared/validation.ts'

/** A source of which something is not as it has to be. Its message says all that failed. */
export class SourceValidationError extends ValidationError {
  /** Everything that was looked at, also what passed. */
  readonly checks: readonly Check[]

  constructor(source: string, checks: readonly Check[]) {
    const failed = checks.filter(({ outcome }) => outcome === 'failed')
    super(`Source "${source}": ${failed.map(({ sentence }) => sentence).join(' ')}`)
    this.checks = checks
  }
}

/** Gives the checks, or throws them where one failed. */
export function requirePassed(source: string, checks: readonly Check[]): readonly Check[] {
  if (checks.some(({ outcome }) => outcome === 'failed')) {
    throw new SourceValidationError(source, checks)
  }
  return checks
}
