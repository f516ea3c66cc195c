import { onTestFinished } from 'vitest'
import { webStorage } from '../../client/key-value-storage.ts'
import { storageOutbox } from '../../client/storage-outbox.ts'
import { persistentConformance } from '../client/support/persistent-conformance.ts'

persistentConformance('storageOutbox over localStorage', bounds => {
  const prefix = `test-${crypto.randomUUID()}`
  const storage = webStorage(localStorage)
  const ownKeys = () => Object.keys(localStorage).filter(key => key.startsWith(prefix))
  let operations = 0
  const counted = {
    ...storage,
    setItem(key: string, value: string) {
      operations += 1
      return storage.setItem(key, value)
    },
    removeItem(key: string) {
      operations += 1
      return storage.removeItem(key)
    },
  }
  onTestFinished(() => {
    for (const key of ownKeys()) localStorage.removeItem(key)
  })
  return {
    outbox: storageOutbox({ storage: counted, prefix, ...bounds }),
    reopen: next => storageOutbox({ storage, prefix, ...next }),
    async damage() {
      for (const key of ownKeys()) {
        const text = localStorage.getItem(key) ?? ''
        if (text.includes('"sequence":1,')) localStorage.setItem(key, text.slice(0, -3))
      }
      localStorage.setItem(`${prefix}:zzz`, 'what is this')
    },
    operations: () => operations,
  }
})
