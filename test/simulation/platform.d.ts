// What the gateway's code finds on its own platform and the types of Node lack.

interface JSON {
  rawJSON(text: string): object
}

interface SubtleCrypto {
  timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean
}
