import type { SourceSummaryFacts, ViewProgress } from './source-summary.ts'

/** What stands beside a label: text, or a table of its own. */
type Cell = string | readonly (readonly [label: string, text: string])[]
type Rows = readonly (readonly [label: string, cell: Cell])[]

/** Writes a summary as the bordered two-column table that people know from Tecton's; ends in a line feed. */
export function summaryText(summary: SourceSummaryFacts): string {
  const rows = rowsOf(summary).map(
    ([label, cell]) => [oneLine(label), oneLine(textOf(cell))] as const,
  )
  const left = Math.max(...rows.map(([label]) => widthOf(label)))
  const right = Math.max(...rows.map(([, text]) => widthOf(text)))
  const border = `+${'-'.repeat(left + 2)}+${'-'.repeat(right + 2)}+`
  const lines = rows.map(
    ([label, text]) => `| ${center(label, left)} | ${text}${' '.repeat(right - widthOf(text))} |`,
  )
  return `${[border, ...lines.flatMap(line => [line, border])].join('\n')}\n`
}

/** Writes a summary as one HTML table; every text of it is escaped. */
export function summaryHtml(summary: SourceSummaryFacts): string {
  return tableHtml(rowsOf(summary), ' class="tidegate-summary"')
}

function rowsOf(summary: SourceSummaryFacts): Rows {
  const { description, owner, tags, options, views, expired, stopped } = summary
  return [
    ['Name', summary.name],
    ['Workspace', summary.workspace],
    ['Description', description ?? ''],
    ['Created At', shortTime(summary.createdAt)],
    ['Owner', owner ?? ''],
    ['Last Modified At', shortTime(summary.lastModifiedAt)],
    ['Tags', Object.entries(tags)],
    ...(Object.keys(options).length === 0 ? [] : [['Options', Object.entries(options)] as const]),
    ['Kind', 'Stream Source'],
    ['Log Offline', summary.logOffline ? 'True' : 'False'],
    ['Partitions', String(summary.partitions)],
    ['Feature Views', views.map(view => [view.name, progressText(view)] as const)],
    ['Rows', String(summary.rows)],
    ...(expired === 0 ? [] : [['Expired Rows', String(expired)] as const]),
    ['Rejected', String(summary.rejected)],
    ['Tail Rows', String(summary.tailRows)],
    ['Parts', String(summary.parts)],
    ['Bytes', String(summary.bytes)],
    ['First Event Time', shortTime(summary.firstEventTime)],
    ['Last Event Time', timeAndAge(summary.lastEventTime, summary.lastEventAgeSeconds)],
    ['Last Accepted Time', timeAndAge(summary.lastAcceptedTime, summary.lastAcceptedAgeSeconds)],
    ...stopped.map(reason => ['Stopped', reason] as const),
  ]
}

function progressText({ status, behind, backfill }: ViewProgress): string {
  const late = behind === 0 ? '' : `, ${behind} behind`
  const history = backfill === undefined ? '' : ` (${backfill.folded} of ${backfill.wanted})`
  return `${status}${history}${late}`
}

function textOf(cell: Cell): string {
  return typeof cell === 'string'
    ? cell
    : cell.map(([label, text]) => `${label}: ${text}`).join(', ')
}

/** White space and controls are single spaces: a text is a line and steers no terminal. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ')
}

/** Characters as a terminal counts most of them: by code point. */
function widthOf(text: string): number {
  return [...text].length
}

function center(text: string, width: number): string {
  const gap = width - widthOf(text)
  const before = Math.floor(gap / 2)
  return `${' '.repeat(before)}${text}${' '.repeat(gap - before)}`
}

function shortTime(time: string | null): string {
  return time === null ? '' : `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`
}

function timeAndAge(time: string | null, ageSeconds: number | null): string {
  if (time === null || ageSeconds === null) return shortTime(time)
  const age = ageText(Math.abs(ageSeconds))
  return `${shortTime(time)} (${ageSeconds < 0 ? `${age} ahead` : `${age} ago`})`
}

/** The largest unit that fits, whole: `59 s`, `3 min`, `2 h`, `40 d`. */
function ageText(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}

function tableHtml(rows: Rows, attributes = ''): string {
  const lines = rows.map(([label, cell]) => {
    const held = typeof cell === 'string' ? escapeHtml(cell) : nestedHtml(cell)
    return `<tr><th scope="row">${escapeHtml(label)}</th><td>${held}</td></tr>`
  })
  return `<table${attributes}><tbody>${lines.join('')}</tbody></table>`
}

function nestedHtml(rows: Rows): string {
  return rows.length === 0 ? '' : tableHtml(rows)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '')
}
