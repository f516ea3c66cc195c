import type { SourceTree } from '../support/house-rule.ts'

// Written in two halves, so that this file does not say them.
const unwanted: readonly (readonly [why: string, pattern: RegExp])[] = [
  ['a path of one machine', new RegExp(`(?<![\\w.])/(?:${'wo'}rk|home|root|Users)/[\\w.-]`)],
  ['the address of a package registry', new RegExp(`registry\\.${'np'}mjs|${'np'}m\\.pkg\\.`)],
  ['a key', new RegExp(`${'tg'}_(?:admin|ingest)_[a-z2-7]{10}-[a-z]+_[a-z2-7]{52}`)],
]

/** Gives the lines of a tree that say what belongs to one machine or one person. */
export function findUnwantedWords(tree: SourceTree): readonly string[] {
  return [...tree].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        unwanted
          .filter(([, pattern]) => pattern.test(line))
          .map(([why]) => `${path}:${at + 1} ${why}`),
      ),
  )
}

/** Gives what ties a lock file to one registry: every machine fetches from its own. */
export function findLockedAddresses(lockFile: string): readonly string[] {
  return lockFile.split('\n').filter(line => /"resolved"\s*:\s*"(?!file:)/.test(line))
}
