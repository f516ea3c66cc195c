/** Follows work that nobody awaits: its failures are wrong at once, and it itself if it is never over. */
export function followWork(wrong: string[]) {
  const open = new Set<string>()
  let begun = 0
  return {
    follow(work: Promise<unknown>, what: string, law = 'I11'): void {
      // Several may have the same name.
      const entry = `${begun++} ${what}`
      open.add(entry)
      work
        .catch(cause => wrong.push(`${law} ${what} failed: ${cause}`))
        .finally(() => open.delete(entry))
    },
    /** What is still open now that nothing happens any more: it waits for what never comes. */
    open: () => [...open].map(entry => entry.slice(entry.indexOf(' ') + 1)),
  }
}
