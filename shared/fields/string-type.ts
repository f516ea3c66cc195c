import type { DataType } from './data-type.ts'
import { refuse } from './refusal.ts'
import { isWellFormed } from './text.ts'

export interface StringType extends DataType<'string', string, string> {}

/** Text. Lone surrogates are refused, since they do not survive UTF-8. */
export const string: StringType = /* @__PURE__ */ Object.freeze<StringType>({
  kind: 'string',
  '~check': value => {
    if (typeof value !== 'string') return refuse('string', value)
    return isWellFormed(value) ? value : refuse('text without lone surrogates', value, 'bad_text')
  },
})
