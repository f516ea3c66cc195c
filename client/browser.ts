// The whole of what a page needs; published as one file, for a script tag and a CDN.
export * from '../shared/types.ts'
export { idbOutbox } from './idb-outbox.ts'
export * from './index.ts'
