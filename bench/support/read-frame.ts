import { getWorkspace } from '../../client/workspace/index.ts'

/**
 * Reads a data frame to its end in a process of its own, whose heap its parent bounds:
 * `node read-frame.ts URL WORKSPACE SOURCE FORMAT`, the key in TIDEGATE_KEY; `bare` is a fetch that only counts. Prints
 * a line of JSON; rows are those that were seen, none of a Parquet file, whose bytes are not looked into.
 */
const [url = '', name = '', source = '', format = ''] = process.argv.slice(2)
const key = process.env.TIDEGATE_KEY ?? ''
const workspace = getWorkspace(name, { url, key })
const frame = (await workspace.getDataSource(source)).getDataframe()
const beganMs = performance.now()
let rows = 0
let bytes = 0
let mostHeap = 0
let mostRss = 0

const readers: { readonly [format: string]: () => Promise<void> } = {
  bare: async () => {
    const path = `${url}/api/v1/workspaces/${name}/sources/${source}/dataframe`
    const { body } = await fetch(path, { headers: { authorization: `Bearer ${key}` } })
    if (body === null) throw new Error('The gateway gave no body.')
    await takeAll(body, true)
  },
  rows: async () => {
    for await (const _ of frame) if (++rows % 10_000 === 0) look()
  },
  ndjson: () => takeAll(frame.toNdjson(), true),
  csv: async () => {
    await takeAll(frame.toCsv(), true)
    // Its header is no row.
    rows--
  },
  parquet: () => takeAll(frame.toParquet(), false),
}
const read = readers[format]
if (read === undefined) {
  throw new Error(`No format is called "${format}"; there are ${Object.keys(readers).join(', ')}.`)
}
await read()
const seconds = (performance.now() - beganMs) / 1_000
console.log(JSON.stringify({ rows, bytes, seconds, mostHeap, mostRss }))

async function takeAll(
  chunks: AsyncIterable<string | Uint8Array>,
  hasLines: boolean,
): Promise<void> {
  for await (const chunk of chunks) {
    const taken = Buffer.from(chunk)
    bytes += taken.length
    for (let at = taken.indexOf(10); hasLines && at >= 0; at = taken.indexOf(10, at + 1)) rows++
    look()
  }
}

function look(): void {
  const { heapUsed, rss } = process.memoryUsage()
  mostHeap = Math.max(mostHeap, heapUsed)
  mostRss = Math.max(mostRss, rss)
}
