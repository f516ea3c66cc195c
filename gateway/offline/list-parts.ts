import type { CatalogueContract, CatalogueState } from '../contracts/catalogue-contract.ts'
import { messageFormat } from '../contracts/message.ts'

/**
 * Lists all parts of a source, or of one partition, page by page. A compaction between two pages may show
 * rows twice or leave some out: who has to know looks again. Cost: a call for each 5,000 parts.
 */
export async function listParts(
  catalogue: Pick<CatalogueContract, 'list'>,
  partition?: number,
): Promise<CatalogueState & { readonly pages: number }> {
  const only = partition === undefined ? {} : { partition }
  const first = await catalogue.list({ format: messageFormat, ...only })
  const parts = [...first.parts]
  let pages = 1
  for (let { next } = first; next !== undefined; pages++) {
    const page = await catalogue.list({ format: messageFormat, ...only, from: next })
    parts.push(...page.parts)
    next = page.next
  }
  return { ...first, parts, pages }
}
