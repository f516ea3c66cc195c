/** Gives a call that whoever comes while it is under way joins, instead of making another. */
export function sharedCall<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underway: Promise<Result> | undefined
  return () => {
    underway ??= work().finally(() => {
      underway = undefined
    })
    return underway
  }
}
