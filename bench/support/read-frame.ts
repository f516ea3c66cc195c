import { getWorkspace } from '../../client/workspace/index.ts'

/**
 * Reads a data frame to its end in a process of its own, whose heap its parent bounds:
 * `node read-frame.ts URL WORKSPACE SOURCE FORMAT`, the key in TIDEGATE_KEY. Prints a line of JSON.
 */
const [url = '', name = '', source = '', format = ''] = process.argv.slice(2)
const workspace = getWorkspace(name, { url, key: process.env.TIDEGATE_KEY ?? '' })
const frame = (await workspace.getDataSource(source)).getDataframe()
const streams = {
  ndjson: () => frame.toNdjson(),
  csv: () => frame.toCsv(),
  parquet: () => frame.toParquet(),
}
const open = Object.entries(streams).find(([known]) => known === format)?.[1]
const beganMs = performance.now()
let rows = 0
let bytes = 0
let mostHeap = 0
let mostRss = 0
const look = () => {
  const { heapUsed, rss } = process.memoryUsage()
  mostHeap = Math.max(mostHeap, heapUsed)
  mostRss = Math.max(mostRss, rss)
}
if (open === undefined) {
  for await (const _ of frame) if (++rows % 10_000 === 0) look()
} else {
  for await (const chunk of open()) {
    bytes += chunk.length
    look()
  }
}
const seconds = (performance.now() - beganMs) / 1_000
console.log(JSON.stringify({ rows, bytes, seconds, mostHeap, mostRss }))
