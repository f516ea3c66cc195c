/**
 * Tells the catalogue whether a partition's tail holds rows, once for each change and one call after the
 * other. Cost: nothing while what was told last still holds.
 */
export function createTailNote(
  holds: () => boolean,
  tell: (holds: boolean) => Promise<unknown>,
): () => Promise<void> {
  let noted: boolean | undefined
  let noting: Promise<void> = Promise.resolve()
  return () => {
    const told = noting.then(async () => {
      const now = holds()
      if (now === noted) return
      // A call that fails may have been heard: until its answer nobody knows what is noted.
      noted = undefined
      await tell(now)
      noted = now
    })
    noting = told.catch(() => undefined)
    return told
  }
}
