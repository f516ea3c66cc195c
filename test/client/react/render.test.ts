import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, it } from 'vitest'
import type { ClientOptions } from '../../../client/client-contract.ts'
import { TidegateProvider, usePush } from '../../../client/react/tidegate-provider.ts'
import { clicks } from '../support/set-up.ts'

function Page() {
  const push = usePush(clicks)
  return createElement('p', { onClick: () => push({ user: 'u', n: 1 }) }, 'Buy')
}

/** Options that note whatever a client asks of its surroundings. */
function telltale() {
  const asked: string[] = []
  const note =
    <T>(what: string, answer: T) =>
    () => {
      asked.push(what)
      return answer
    }
  const end = () => {}
  const options: ClientOptions = {
    url: 'https://gateway.test',
    key: 'tg_key',
    workspace: 'prod',
    outbox: {
      load: note('outbox', []),
      append: note('outbox', undefined),
      attempt: note('outbox', undefined),
      settle: note('outbox', undefined),
    },
    fetch: note('fetch', new Promise<never>(() => {})),
    clock: { now: note('clock', 0), elapsed: note('clock', 0), after: note('timer', end) },
    randomBytes: note('random', new Uint8Array(16)),
    lifecycle: { watch: note('lifecycle', end) },
    connectivity: { online: note('connectivity', true), watch: note('connectivity', end) },
  }
  return { asked, options }
}

it('renders on a server, where no client is made and nothing asked', async () => {
  const { asked, options } = telltale()
  const page = createElement(TidegateProvider, { options }, createElement(Page))
  expect(renderToString(page)).toBe('<p>Buy</p>')
  await undefined
  expect(asked).toEqual([])
})

it('says in a sentence that the provider is missing', () => {
  expect(() => renderToString(createElement(Page))).toThrow(
    'usePush needs a TidegateProvider above it.',
  )
})
