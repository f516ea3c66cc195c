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

/** Gives the block that begins with a comment naming this file, in script or HTML; throws when the page has none. */
export function codeOfFile(page: string, file: string): string {
  const found = fencedCode(page).find(({ text }) => /^(?:\/\/|<!--) (\S+)/.exec(text)?.[1] === file)
  if (found === undefined) throw new Error(`The page shows no file ${file}.`)
  return found.text
}
