// What the runtime has and its type packages lack: two modules of nodejs_compat, and exact JSON numbers.

declare module 'node:zlib' {
  export function gzipSync(data: Uint8Array, options?: { level?: number }): Uint8Array<ArrayBuffer>
  export function crc32(data: string, value?: number): number
  export function gunzipSync(data: Uint8Array): Uint8Array<ArrayBuffer>
}

declare module 'node:crypto' {
  interface Hash {
    update(data: string | Uint8Array): Hash
    digest(encoding: 'hex'): string
  }
  export function createHash(algorithm: 'sha256'): Hash
}

interface JSON {
  /** https://github.com/tc39/proposal-json-parse-with-source */
  rawJSON(text: string): object
}
