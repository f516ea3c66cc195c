/** Where a batch config's file can be asked for without credentials, or why it cannot. */
export type BatchPlace = { readonly url: string } | { readonly reason: string }

const defaultEndpoint = 'https://s3.amazonaws.com'

/**
 * Gives the address of a file: `https://…` as it is, `s3://anonymous@bucket/key` in path style, since a dotted bucket
 * has no certificate of its own. `endpoint` is another object store's than Amazon's.
 */
export function batchPlace(uri: string, endpoint: string = defaultEndpoint): BatchPlace {
  if (/^https?:\/\//i.test(uri)) {
    return URL.canParse(uri) ? { url: uri } : { reason: `${uri} is no address.` }
  }
  const [, user, bucket = '', key = ''] = /^s3:\/\/(?:([^@/]*)@)?([^/@]+)\/(.+)$/.exec(uri) ?? []
  if (bucket === '') return { reason: `${uri} is read by whoever has its files, not from here.` }
  if (user !== 'anonymous') {
    return {
      reason: `${uri} needs credentials, which are not used here; s3://anonymous@${bucket}/… is asked for without.`,
    }
  }
  const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
  return { url: `${endpoint.replace(/\/+$/, '')}/${path}` }
}

/** Gives the address at a bucket's own region, which Amazon names instead of answering. */
export function atRegion(url: string, region: string | null): string | undefined {
  if (region === null || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) return undefined
  if (!url.startsWith(`${defaultEndpoint}/`)) return undefined
  return url.replace(defaultEndpoint, `https://s3.${region}.amazonaws.com`)
}
