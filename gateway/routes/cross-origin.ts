/** Answers a preflight on the ingest paths; an origin that is not listed gets no permission. */
export function preflight(request: Request, origins: string | undefined): Response {
  const headers = new Headers({ vary: 'origin' })
  if (isAllowed(request, origins)) {
    headers.set('access-control-allow-origin', request.headers.get('origin') ?? '')
    headers.set('access-control-allow-methods', 'POST')
    headers.set('access-control-allow-headers', 'authorization, content-type, idempotency-key')
    headers.set('access-control-max-age', '86400')
  }
  return new Response(null, { status: 204, headers })
}

/** Lets a listed origin's page read an ingest reply; never every origin. */
export function allowOrigin(request: Request, origins: string | undefined, headers: Headers): void {
  headers.append('vary', 'origin')
  if (!isAllowed(request, origins)) return
  headers.set('access-control-allow-origin', request.headers.get('origin') ?? '')
  headers.set('access-control-expose-headers', 'date, retry-after')
}

/** `loopback` in the list stands for every origin on this machine, as `npm start` wants it. */
function isAllowed(request: Request, origins: string | undefined): boolean {
  const origin = request.headers.get('origin')
  if (origin === null || origins === undefined) return false
  const listed = origins.split(/[\s,]+/).filter(entry => entry !== '' && entry !== '*')
  if (listed.includes(origin)) return true
  return (
    listed.includes('loopback') &&
    /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)
  )
}
