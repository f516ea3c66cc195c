export { makeFetchTransport } from '@sentry/browser'
