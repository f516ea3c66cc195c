/** Makes objects fail the first time that they are asked something, as one does that just restarts. */
export function failingOnce() {
  const failed = new Set<string>()
  return {
    of<T extends object>(stub: T, once: string, name: string): T {
      return new Proxy(stub, {
        get(target, method) {
          if (method !== once || failed.has(name)) return Reflect.get(target, method)
          failed.add(name)
          return () => Promise.reject(new Error('The object was reset.'))
        },
      })
    },
    /** How many have failed by now. */
    failures: () => failed.size,
  }
}
