import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'

const config = fileURLToPath(new URL('../../wrangler.toml', import.meta.url))
const read = (env?: string) =>
  unstable_readConfig(env === undefined ? { config } : { config, env }, { hideWarnings: true })

/** What code reaches by name, and what makes the platform call it; resources may differ between both. */
function bindingsOf({
  durable_objects,
  migrations,
  kv_namespaces,
  r2_buckets,
  triggers,
  vars,
  compatibility_date,
  compatibility_flags,
  main,
}: ReturnType<typeof read>) {
  return {
    durable_objects,
    migrations,
    kv: kv_namespaces.map(({ binding }: { readonly binding: string }) => binding),
    r2: r2_buckets.map(({ binding }: { readonly binding: string }) => binding),
    crons: triggers.crons,
    vars: Object.keys(vars),
    compatibility_date,
    compatibility_flags,
    main,
  }
}

describe('wrangler.toml', () => {
  it('repeats every binding for staging', () => {
    expect(bindingsOf(read('staging'))).toEqual(bindingsOf(read()))
  })

  it('keeps staging apart: another name, another bucket', () => {
    const buckets = [read(), read('staging')].map(one => one.r2_buckets[0]?.bucket_name)
    expect(new Set(buckets).size).toBe(2)
    expect(read('staging').name).not.toBe(read().name)
  })

  it('names no id of an account or a resource, which wrangler provides, and no secret', () => {
    for (const { account_id, kv_namespaces, vars } of [read(), read('staging')]) {
      expect(account_id).toBeUndefined()
      for (const { id } of kv_namespaces) expect(id).toBeUndefined()
      expect(vars).toEqual({ TIDEGATE_ORIGINS: '' })
    }
  })
})
