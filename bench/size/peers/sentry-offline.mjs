import { makeBrowserOfflineTransport, makeFetchTransport } from '@sentry/browser'

export const makeTransport = makeBrowserOfflineTransport(makeFetchTransport)
