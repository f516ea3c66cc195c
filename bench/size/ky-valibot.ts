import ky from 'ky'
import { check } from './valibot.ts'

/** Two good libraries side by side: checked and tried again, but neither batched nor kept. */
export const push = (record: unknown) => {
  const { success, output } = check(record)
  return success
    ? ky.post('https://gateway.example/ingest', { json: output, retry: { methods: ['post'] } })
    : undefined
}
