// What an app of React Native installs, typed as far as docs/client.md uses it, in the words of its own types.
declare module 'react-native' {
  export const AppState: {
    addEventListener(
      type: 'change' | 'memoryWarning' | 'blur' | 'focus',
      listener: (state: 'active' | 'background' | 'inactive' | 'unknown' | 'extension') => void,
    ): { remove(): void }
  }
}
declare module '@react-native-community/netinfo' {
  const NetInfo: {
    addEventListener(
      listener: (
        state:
          | { type: 'unknown'; isConnected: boolean | null; isInternetReachable: null }
          | { type: 'none'; isConnected: false; isInternetReachable: false }
          | { type: 'wifi'; isConnected: true; isInternetReachable: boolean | null },
      ) => void,
    ): () => void
  }
  export default NetInfo
}
declare module '@react-native-async-storage/async-storage' {
  const AsyncStorage: {
    getItem(key: string): Promise<string | null>
    setItem(key: string, value: string): Promise<void>
    removeItem(key: string): Promise<void>
    getAllKeys(): Promise<readonly string[]>
    multiRemove(keys: readonly string[]): Promise<void>
  }
  export default AsyncStorage
}
declare module 'expo-crypto' {
  export function getRandomBytes(count: number): Uint8Array
}
