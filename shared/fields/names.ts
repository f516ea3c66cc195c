import { describe } from './refusal.ts'
import { ValidationError } from './validation-error.ts'

const patterns = {
  field: /^[A-Za-z][A-Za-z0-9_]{0,62}$/,
  workspace: /^[A-Za-z][A-Za-z0-9_-]{0,62}$/,
  service: /^[A-Za-z][A-Za-z0-9_:]{0,62}$/,
}
const alphabets = {
  field: 'letters, digits and single underscores',
  workspace: 'letters, digits, hyphens and single underscores',
  service: 'letters, digits, colons and single underscores',
}

/** Whose rule a name follows: sources, views and entities follow that of fields. */
export type NameRule = keyof typeof patterns

/** Gives the name if it follows the rule, else throws; `where` is what bears the name. */
export function requireName(where: string, name: unknown, rule: NameRule = 'field'): string {
  if (typeof name === 'string' && patterns[rule].test(name) && !name.includes('__')) return name
  throw new ValidationError(
    `${where}: A name is 1 to 63 ${alphabets[rule]} and begins with a letter, but received ${describe(name)}.`,
  )
}

/** Refuses two names that are equal whatever the case: analytics engines do not tell them apart. */
export function requireUnique(where: string, names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const earlier = seen.get(name.toLowerCase())
    if (earlier !== undefined) {
      throw new ValidationError(
        `${where}: "${earlier}" and "${name}" are the same name, since case does not count; rename one.`,
      )
    }
    seen.set(name.toLowerCase(), name)
  }
}
