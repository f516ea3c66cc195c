export interface FencedCode {
  readonly language: string
  readonly text: string
}

/** Gives the fenced blocks of a Markdown page in their order. */
export function fencedCode(page: string): readonly FencedCode[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
}

/** Gives the block that begins with a comment naming this file; throws when the page has none. */
export function codeOfFile(page: string, file: string): string {
  const found = fencedCode(page).find(({ text }) => text.startsWith(`// ${file}\n`))
  if (found === undefined) throw new Error(`The page shows no file ${file}.`)
  return found.text
}
