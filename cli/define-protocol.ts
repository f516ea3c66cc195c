import * as v from 'valibot'

/** What the process that reads definitions is asked for. */
export const askedSchema = v.object({
  workspace: v.string(),
  /** The path as it was given, for sentences, and what it stands for. */
  shown: v.string(),
  root: v.string(),
  files: v.array(v.string()),
  allowEmpty: v.boolean(),
})
export type Asked = v.InferOutput<typeof askedSchema>

/** What it says: which file it imports now, and how it ended. */
export const saidSchema = v.variant('what', [
  v.object({ what: v.literal('importing'), file: v.string() }),
  v.object({ what: v.literal('defined'), json: v.string(), objects: v.number() }),
  v.object({ what: v.literal('failed'), sentence: v.string() }),
])
export type Said = v.InferOutput<typeof saidSchema>
