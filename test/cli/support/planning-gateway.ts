import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { CliError } from '../../../cli/cli-error.ts'
import { runCommand } from '../../../cli/run-command.ts'
import { mintKey } from '../../../shared/keys.ts'
import type { Applied, Plan } from '../../../shared/plan-protocol.ts'
import { reply, scriptedGateway } from './scripted-gateway.ts'
import { tempFolder } from './temp-folder.ts'

export const hash = 'a'.repeat(64)
/** A plan of one creation. */
export const plan: Plan = {
  workspace: 'prod',
  live: true,
  plan_id: 'p7',
  version: 3,
  hash,
  next_hash: 'b'.repeat(64),
  changes: [
    {
      action: 'create',
      kind: 'stream_source',
      name: 'clicks',
      consequence: 'compatible',
      reasons: [],
      differences: [],
    },
  ],
  refusals: [],
  warnings: ['Source "clicks" keeps no history.'],
}
export const applied: Applied = {
  workspace: 'prod',
  version: 4,
  hash: plan.next_hash,
  changes: [{ action: 'create', kind: 'stream_source', name: 'clicks', id: 's1' }],
}
export const conflict = { status: 409, body: { code: 'conflict', title: 'x', detail: 'It moved.' } }

interface Answer {
  readonly status: number
  readonly body: unknown
}
type Answers = Readonly<Record<string, unknown>>

const ok = (body: unknown): Answer => ({ status: 200, body })
const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'status' in value && 'body' in value

interface Run {
  readonly folder?: string
  readonly typed?: string
  readonly isTerminal?: boolean
}

/** Runs a command against a gateway that answers each route as said, and gives all that it said and asked. */
export async function run(args: readonly string[], answers: Answers, options: Run = {}) {
  const asked: { readonly route: string; readonly body: unknown }[] = []
  const answer = async (request: IncomingMessage, response: Parameters<typeof reply>[0]) => {
    const body = await text(request)
    const route = `${request.method} ${request.url?.replace('/api/v1/workspaces', '')}`
    asked.push({ route, body: body === '' ? undefined : JSON.parse(body) })
    const said = answers[route]
    const { status, body: sent } = isAnswer(said) ? said : ok(said)
    reply(response, said === undefined ? 404 : status, sent ?? {})
  }
  const gateway = await scriptedGateway((request, response) => {
    void answer(request, response)
    return true
  })
  const stdout = new PassThrough()
  const printed = text(stdout)
  let progress = ''
  const stdin = Object.assign(new PassThrough(), { isTTY: options.isTerminal ?? false })
  stdin.end(options.typed ?? '')
  const named = args[0] === 'workspace' ? [] : ['--workspace', 'prod']
  const context = {
    args: [...args, '--url', gateway.url, ...named],
    env: { TIDEGATE_KEY: mintKey('admin', 'kkkkkkkkkk-auto', randomBytes) },
    folder: options.folder ?? (await definitionsFolder()),
    stdout,
    stderr: { write: (line: string) => (progress += line) },
    stdin,
    signal: new AbortController().signal,
  }
  const outcome = await runCommand(context).catch((error: unknown) => {
    if (error instanceof CliError) return error
    throw error
  })
  stdout.end()
  const output = await printed
  return typeof outcome === 'number'
    ? { exitCode: outcome, sentence: '', output, progress, asked }
    : { exitCode: outcome.exitCode, sentence: outcome.message, output, progress, asked }
}

const door = (name: string) => fileURLToPath(new URL(`../../../shared/${name}.ts`, import.meta.url))

/** A folder with one module that declares one source. */
export async function definitionsFolder(): Promise<string> {
  const folder = await tempFolder()
  await writeFile(
    join(folder, 'clicks.ts'),
    `import { PushSource } from '${door('index')}'
import { Field, String } from '${door('types')}'
export const clicks = PushSource({ name: 'clicks', schema: [Field('id', String)] })`,
  )
  return folder
}
