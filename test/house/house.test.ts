import { describe, expect, it } from 'vitest'
import { allRules } from './rules/all-rules.ts'
import { findLockedAddresses, findUnwantedWords } from './rules/project-words.ts'
import { readModules } from './support/house-rule.ts'
import { readRepoTree } from './support/repo-tree.ts'

const tree = await readRepoTree()
const modules = readModules(tree)

describe('the house', () => {
  it.each(allRules)('$name', ({ check }) => {
    expect(check(modules)).toEqual([])
  })

  it('says nothing that belongs to one machine or one person', () => {
    expect(findUnwantedWords(tree)).toEqual([])
  })

  it('locks versions and digests, not the addresses of a registry', () => {
    expect(findLockedAddresses(tree.get('package-lock.json') ?? '')).toEqual([])
  })

  it('has read every folder', () => {
    const folders = new Set([...modules.keys()].map(path => path.split('/')[0]))
    expect([...folders]).toEqual(
      expect.arrayContaining(['build', 'cli', 'client', 'examples', 'gateway', 'shared', 'test']),
    )
  })
})
