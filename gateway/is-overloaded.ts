/** Whether the platform says of a call's failure that its object has too much to do: asking again adds to it. */
export function isOverloaded(cause: unknown): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'overloaded' in cause &&
    cause.overloaded === true
  )
}
