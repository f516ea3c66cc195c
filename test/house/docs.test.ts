import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recordCodes, requestCodes } from '../../shared/error-codes.ts'
import { limits } from '../../shared/limits.ts'
import { readRepoTree, repoFolder } from './support/repo-tree.ts'

const page = await readFile(join(repoFolder, 'docs', 'ingest.md'), 'utf8')

const again = { never: 'no', later: 'later', split: 'in halves' } as const

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

const tables = {
  requestCodes: table(
    ['code', 'status', 'again', 'meaning'],
    Object.entries(requestCodes).map(([code, { status, retry, title }]) => [
      `\`${code}\``,
      status,
      again[retry],
      title,
    ]),
  ),
  recordCodes: table(
    ['code', 'again', 'meaning'],
    Object.entries(recordCodes).map(([code, { retry, title }]) => [
      `\`${code}\``,
      again[retry],
      title,
    ]),
  ),
  limits: table(
    ['limit', 'value'],
    Object.entries(limits)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => [`\`${name}\``, value.toLocaleString('en-US')]),
  ),
}

describe('docs/ingest.md', () => {
  it.each(Object.keys(tables) as (keyof typeof tables)[])('lists %s as the code has them', name => {
    const found = new RegExp(`<!-- table: ${name} -->\n\n((?:\\|.*\n)*)`).exec(page)?.[1]
    expect(found?.trimEnd()).toBe(tables[name])
  })
})

describe('the pages', () => {
  it('link to pages and headings that exist', async () => {
    const tree = await readRepoTree()
    const broken: string[] = []
    for (const [path, text] of [...tree].filter(([path]) => path.endsWith('.md'))) {
      for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        if (/^https?:/.test(link)) continue
        const [file = '', heading] = link.split('#')
        const target = file === '' ? path : join(path, '..', file)
        const page = tree.get(target)
        if (page === undefined || (heading !== undefined && !slugsOf(page).includes(heading))) {
          broken.push(`${path}: ${link}`)
        }
      }
    }
    expect(broken).toEqual([])
  })
})

/** The anchors of a page's headings, as GitHub makes them. */
function slugsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
