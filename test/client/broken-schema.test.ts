import { describe, expect, it } from 'vitest'
import { createClient } from '../../client/index.ts'
import { Field, String } from '../../shared/types.ts'

/** What plain JavaScript may pass as a schema, without a definition that would have refused it. */
const broken: readonly (readonly [string, unknown])[] = [
  ['no schema', undefined],
  ['a schema that is no list', 7],
  ['no field in it', [null]],
  ["JavaScript's own type", [Reflect.apply(Field, undefined, ['a', globalThis.String])]],
  ['a type that has no check', [Reflect.apply(Field, undefined, ['a', { kind: 'string' }])]],
  ['no type', [Reflect.apply(Field, undefined, ['a'])]],
]

describe('push with a broken schema', () => {
  it.each(broken)('ends in a rejected receipt: %s', async (_, schema) => {
    const client = createClient({
      url: 'https://gateway.example',
      key: 'k',
      workspace: 'w',
      fetch: () => Promise.reject(new Error('Nothing is sent.')),
    })
    const { accepted } = Reflect.apply(client.push, client, [{ name: 's', schema }, { a: 'x' }])
    expect(await accepted).toMatchObject({
      source: 's',
      status: 'rejected',
      code: 'not_an_object',
      reason: expect.stringContaining('cannot be read'),
    })
    expect(client.stats()).toMatchObject({ pending: 0, rejected: 1 })
  })

  it('does not touch prototypes, and sends no field of its name, where that is no property', async () => {
    const bodies: string[] = []
    const client = createClient({
      url: 'https://gateway.example',
      key: 'k',
      workspace: 'w',
      fetch: (_, { body }) => {
        bodies.push(globalThis.String(body))
        return Promise.reject(new Error('Nothing answers.'))
      },
      limits: { closeTimeoutMs: 1, lingerMs: 0 },
    })
    const source = { name: 's', schema: [Field('__proto__', String), Field('a', String)] }
    Reflect.apply(client.push, client, [source, JSON.parse('{"__proto__":"x","a":"y"}')])
    await client.close()
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    // In Deno it is a property like any other: it is sent, and the gateway, where no source has it, refuses it.
    const probe = {}
    Reflect.set(probe, '__proto__', 'x')
    const isProperty = Object.hasOwn(probe, '__proto__')
    expect(bodies.some(body => body.includes('__proto__'))).toBe(isProperty)
  })
})
