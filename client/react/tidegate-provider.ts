'use client'

import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
} from 'react'
import type { Client, ClientOptions, Pushed, Source } from '../client-contract.ts'
import { keptClient } from './kept-client.ts'

/** A client or what one is made of; which of the two must not change while the provider is mounted. */
export type TidegateProviderProps = { readonly children?: ReactNode } & (
  | { readonly client: Client; readonly options?: never }
  | { readonly options: ClientOptions; readonly client?: never }
)

const Pusher = createContext<Pick<Client, 'push'> | undefined>(undefined)

/**
 * Lets `usePush` below it push. A client of its own, made of the `options` of the first render, opens when it
 * is mounted and is flushed and closed when it is unmounted; of later options only another `key` is taken. A
 * client handed in is its owner's to close. On a server nothing is made.
 */
export function TidegateProvider({
  client,
  options,
  children,
}: TidegateProviderProps): ReturnType<typeof createElement> {
  const [kept] = useState(() => options && keptClient(options))
  useEffect(() => kept?.hold(), [kept])
  const key = options?.key
  useEffect(() => {
    if (key !== undefined) kept?.setKey(key)
  }, [kept, key])
  return createElement(Pusher.Provider, { value: client ?? kept }, children)
}

/** Pushes a record to one source, as a client's `push` does. */
export type Push<S extends Source> = (record: Pushed<NoInfer<S>>) => ReturnType<Client['push']>

/** Gives the push of a source: the same function in each render, as long as source and client are the same. */
export function usePush<S extends Source>(source: S): Push<S> {
  const pusher = useContext(Pusher)
  if (!pusher) throw new Error('usePush needs a TidegateProvider above it.')
  return useCallback(record => pusher.push(source, record), [pusher, source])
}
