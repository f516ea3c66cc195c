// The part that tests in workerd use; the gateway's types know no Node.
declare module 'node:util' {
  export function isDeepStrictEqual(one: unknown, other: unknown): boolean
}
