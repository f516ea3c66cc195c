/**
 * A definition, or a call that uses one, that breaks a rule.
 * Its message says where, what is wrong and how to mend it; it is meant to be read by the definition's author.
 */
export class ValidationError extends Error {
  override readonly name = 'ValidationError'
}
