import type { DataType } from './data-type.ts'
import { refuse } from './refusal.ts'

export interface BoolType extends DataType<'bool', boolean, boolean> {}

/** `true` or `false`; no other value stands for them. */
export const bool: BoolType = /* @__PURE__ */ Object.freeze<BoolType>({
  kind: 'bool',
  '~check': value => (typeof value === 'boolean' ? value : refuse('bool', value)),
})
