export type RuntimeName = 'node' | 'deno' | 'bun'

/** Gives the runtime that this very code runs in, and its version. */
export function runtimeHere(): { readonly runtime: RuntimeName; readonly version: string } {
  const { bun, deno, node } = process.versions
  if (bun !== undefined) return { runtime: 'bun', version: bun }
  if (deno !== undefined) return { runtime: 'deno', version: deno }
  return { runtime: 'node', version: node }
}
