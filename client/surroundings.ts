/** What a client is told of the page or app that it lives in. */
export interface Lifecycle {
  /** Gives a function that ends the watching. */
  watch(events: {
    /** The user looks elsewhere and may never come back: last call for what waits. */
    hide(): void
    /** The page goes away, for ever or into the back/forward cache. */
    leave(): void
    /** The page is back. */
    show(): void
  }): () => void
}

export interface Connectivity {
  /** False only where a request is known to fail. */
  online(): boolean
  /** Calls `run` whenever a connection is back; gives a function that ends it. */
  watch(run: () => void): () => void
}

/** What of a page's globals is used; most runtimes have none of it. */
interface Page {
  readonly document?: { readonly visibilityState: string }
  readonly navigator?: { readonly onLine?: boolean }
  addEventListener(type: string, run: () => void, options: { readonly signal: AbortSignal }): void
}

const page = (): Page => Object(globalThis)

/** Whether this is a page, which may be left and whose requests to other origins need leave. */
export const isPage = (): boolean => !!page().document

/** Listens to events of the page, if this is one; gives a function that ends it. */
function listen(isThere: boolean, events: { readonly [type: string]: () => void }): () => void {
  const ending = new AbortController()
  if (isThere)
    for (const [type, run] of Object.entries(events)) page().addEventListener(type, run, ending)
  return () => ending.abort()
}

/** The page's own events; nothing where there is no page. Without `beforeunload`, which spoils the cache. */
export const pageLifecycle: Lifecycle = {
  watch: ({ hide, leave, show }) =>
    listen(isPage(), {
      visibilitychange: () => (page().document?.visibilityState === 'hidden' ? hide() : show()),
      pagehide: leave,
      pageshow: show,
    }),
}

const onLine = () => page().navigator?.onLine

/** What the device says; where it says nothing there is a connection. */
export const deviceConnectivity: Connectivity = {
  online: () => onLine() !== false,
  watch: run => listen(onLine() !== undefined, { online: run }),
}
