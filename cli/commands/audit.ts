import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import type { Audit } from '../gateway-api.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'audit --workspace NAME [--deep] [flags]'
const head = [
  'source',
  'partition',
  'accepted',
  'expired',
  'stored',
  'in parts',
  'in tail',
  'applied',
  'agrees',
]

export const audit: Command = {
  name: 'audit',
  usage,
  summary: 'Check that what was accepted, stored and applied agrees',
  flagLines: ['--deep            read every part again and check its digest, rows and offsets'],
  async run(context) {
    const { flags, positionals, isSet } = readArgs(context, usage, { deep: { type: 'boolean' } })
    requireCount(positionals, [0], usage)
    const { api } = await openGateway(context, flags)
    const audit = await api.audit(isSet('deep'))
    context.stdout.write(flags.json ? `${JSON.stringify(audit)}\n` : renderAudit(audit))
    return audit.agree ? exitCodes.ok : exitCodes.failure
  },
}

/** Writes an audit as a table, and below it what is wrong, a line each. */
export function renderAudit({ agree, deep, partitions }: Audit): string {
  const rows = partitions.map(({ wrong, applied, ...partition }) => [
    partition.source,
    String(partition.partition),
    String(partition.accepted),
    String(partition.expired),
    String(partition.stored),
    String(partition.inParts),
    String(partition.inTail),
    // Marks are offsets, the other columns counts of records.
    applied.length === 0 ? '-' : String(Math.min(...applied.map(({ mark }) => mark)) + 1),
    wrong.length === 0 ? 'yes' : 'NO',
  ])
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map(row => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  const wrong = partitions.flatMap(({ source, partition, wrong }) =>
    wrong.map(sentence => `${source}/${partition}: ${sentence}`),
  )
  const verdict = agree
    ? `Everything agrees${deep ? ', and every part was read again' : ''}.`
    : 'Not everything agrees:'
  return `${[line(head), ...rows.map(line), '', verdict, ...wrong].join('\n')}\n`
}
