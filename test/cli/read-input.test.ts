import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isoDateOf, readFlights } from '../../cli/quickstart/flights.ts'
import { type Input, type InputRow, readInput } from '../../cli/read-input.ts'
import { tempFolder } from './support/temp-folder.ts'

async function inputOf(text: string): Promise<Input> {
  const path = join(await tempFolder(), 'input')
  await writeFile(path, text)
  return readInput(path)
}

async function rowsOf(input: Input): Promise<readonly InputRow[]> {
  const rows: InputRow[] = []
  for await (const row of input.rows()) rows.push(row)
  return rows
}

test('an array and lines give the same rows, as often as asked', async () => {
  const wanted = [
    { row: 0, value: { n: 1 } },
    { row: 1, value: { n: 9_223_372_036_854_775_807n, x: 0.5, far: 1e300 } },
  ]
  const [first, second] = ['{"n":1}', '{"n":9223372036854775807,"x":0.5,"far":1e300}']
  for (const text of [` [${first},${second}]`, `${first}\r\n\n${second}`]) {
    const input = await inputOf(text)
    expect(input).toMatchObject({ rowCount: 2, bytes: text.length })
    expect(await rowsOf(input)).toEqual(wanted)
    expect(await rowsOf(input)).toEqual(wanted)
  }
})

test('an empty file has no rows', async () => {
  expect((await inputOf('')).rowCount).toBe(0)
})

test('a damaged array is refused as a whole, a damaged line alone', async () => {
  await expect(inputOf('[{"n":1},')).rejects.toThrow('begins like a JSON array but is none')
  const [, bad] = await rowsOf(await inputOf('{"n":1}\n{"n":\n'))
  expect(bad).toMatchObject({ row: 1, value: '{"n":', fault: expect.stringContaining('no JSON') })
})

test('the flights are 20,000, their dates read as UTC', async () => {
  const flights = await readFlights()
  expect(flights.rowCount).toBe(20_000)
  for await (const { value } of flights.rows()) {
    expect(value).toMatchObject({ date: '2001-01-01T00:47:00Z', origin: 'DTW', delay: 66 })
    break
  }
  expect(isoDateOf('2001/01/10 18:20')).toBe('2001-01-10T18:20:00Z')
})
