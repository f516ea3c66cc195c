import * as v from 'valibot'

/** The same four fields in valibot's own words, as near as they come. */
const click = v.strictObject({
  user_id: v.string(),
  clicked_at: v.union([v.date(), v.pipe(v.string(), v.isoTimestamp())]),
  item: v.union([v.bigint(), v.pipe(v.number(), v.safeInteger()), v.pipe(v.string(), v.digits())]),
  score: v.nullish(v.pipe(v.number(), v.finite())),
})

export const check = (record: unknown) => v.safeParse(click, record)
