import * as v from 'valibot'

/** What `hermes-app.ts` found on the phone that it ran on. */
export const phoneFactsSchema = v.object({
  engine: v.string(),
  present: v.array(v.string()),
  sentence: v.string(),
  pushed: v.number(),
  stored: v.number(),
  distinct: v.number(),
  kept: v.number(),
  statuses: v.record(v.string(), v.number()),
  left: v.array(v.string()),
  errors: v.array(v.string()),
})
export type PhoneFacts = v.InferOutput<typeof phoneFactsSchema>

/** Gives what is wrong with a run, in sentences. */
export function judgePhone(facts: PhoneFacts): readonly string[] {
  const { engine, present, sentence, pushed, stored, distinct, kept, statuses, left, errors } =
    facts
  const told = Object.entries(statuses).filter(
    ([name]) => !['accepted', 'duplicate'].includes(name),
  )
  return [
    engine === '0.12.0' ? [] : `This is not the engine that was asked for: ${engine}`,
    present.length ? `It is no bare phone, for it has ${present.join(', ')}` : [],
    sentence.includes('react-native-get-random-values')
      ? []
      : `No sentence asks for bytes: ${sentence}`,
    pushed > 0 && stored === pushed && distinct === pushed
      ? []
      : `${pushed} records were pushed, ${stored} stored, ${distinct} of them different`,
    kept > 0 ? [] : 'No record outlived its app',
    told.length ? `Records were ${told.map(([name, count]) => `${name} ${count}`).join(', ')}` : [],
    left.length ? `${left.length} keys are left in the storage` : [],
    errors.length ? `It said ${errors.length} times what nobody should hear: ${errors[0]}` : [],
  ].flatMap(sentence => (typeof sentence === 'string' ? [`hermes: ${sentence}.`] : []))
}
