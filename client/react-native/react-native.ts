import type { ClientOptions } from '../client-contract.ts'
import type { KeyValueStorage } from '../key-value-storage.ts'
import { storageOutbox } from '../storage-outbox.ts'
import type { Connectivity, Lifecycle } from '../surroundings.ts'

/** The part of React Native's `AppState` that is used. */
export interface AppStateEvents {
  addEventListener(type: 'change', listen: (state: string) => void): { remove(): void }
}

/** The part of `@react-native-community/netinfo` that is used. */
export interface NetInfoEvents {
  /** Is told at once how things are, then whenever that changes. */
  addEventListener(listen: (state: { readonly isConnected: boolean | null }) => void): () => void
}

/** What an app hands over; nothing of React Native is imported here. */
export interface ReactNativeParts {
  readonly AppState: AppStateEvents
  /** Spares requests without a connection; without it each is tried and tried again. */
  readonly NetInfo?: NetInfoEvents
  /** AsyncStorage as it is, MMKV by `mmkvStorage`; without it records end with the app's process. */
  readonly storage?: KeyValueStorage
  /** Such as `getRandomBytes` of expo-crypto; where it is missing `crypto.getRandomValues` must be there. */
  readonly randomBytes?: (count: number) => Uint8Array
}

/**
 * Gives the options by which a client lives in an app of React Native. Throws a sentence when there is no source
 * of unpredictable bytes: a producer's id is a secret, so `Math.random` is none.
 */
export function reactNative({
  AppState,
  NetInfo,
  storage,
  randomBytes = nativeBytes(),
}: ReactNativeParts): Pick<ClientOptions, 'lifecycle' | 'connectivity' | 'outbox' | 'randomBytes'> {
  return {
    lifecycle: appLifecycle(AppState),
    randomBytes,
    ...(NetInfo && { connectivity: netInfoConnectivity(NetInfo) }),
    ...(storage && { outbox: storageOutbox({ storage }) }),
  }
}

/**
 * An app in the background may be ended without a word, so that is its last call. `inactive` is none: iOS says
 * so of every swipe and every call. Nobody else sends what an app left, so it never leaves for others.
 */
function appLifecycle(AppState: AppStateEvents): Lifecycle {
  return {
    watch({ hide, show }) {
      const subscription = AppState.addEventListener('change', state => {
        if (state === 'background') hide()
        else if (state === 'active') show()
      })
      return () => subscription.remove()
    },
  }
}

/** Goes by `isConnected` alone: whether the internet is reachable is a guess, and a gateway may be nearer. */
function netInfoConnectivity(NetInfo: NetInfoEvents): Connectivity {
  let isOnline = true
  return {
    online: () => isOnline,
    watch: run =>
      NetInfo.addEventListener(({ isConnected }) => {
        const wasOnline = isOnline
        isOnline = isConnected !== false
        if (isOnline && !wasOnline) run()
      }),
  }
}

function nativeBytes(): (count: number) => Uint8Array {
  if (typeof globalThis.crypto?.getRandomValues === 'function')
    return count => crypto.getRandomValues(new Uint8Array(count))
  throw new Error(
    'React Native has no crypto.getRandomValues: import react-native-get-random-values first, or hand in randomBytes, such as getRandomBytes of expo-crypto.',
  )
}
