import { describe, expect, it } from 'vitest'
import { summaryHtml, summaryText } from '../../shared/render-summary.ts'
import type { SourceSummaryFacts } from '../../shared/source-summary.ts'

const clicks: SourceSummaryFacts = {
  id: 's1',
  name: 'clicks',
  workspace: 'prod',
  kind: 'stream_source',
  description: 'What was\n clicked',
  owner: null,
  tags: { team: 'ads', release: 'staging' },
  options: {},
  createdAt: '2026-01-04T00:25:06.000000Z',
  lastModifiedAt: '2026-01-04T00:25:07.999999Z',
  version: 3,
  logOffline: true,
  partitions: 2,
  featureViews: ['latest', 'other'],
  views: [
    { name: 'latest', status: 'serving', behind: 0 },
    { name: 'other', status: 'backfilling', behind: 12, backfill: { folded: 5, wanted: 20 } },
  ],
  asOf: '2026-01-05T00:00:00.000000Z',
  rows: 20,
  expired: 0,
  rejected: 1,
  tailRows: 3,
  parts: 2,
  bytes: 4096,
  firstEventTime: '2026-01-01T00:00:00.000000Z',
  lastEventTime: '2026-01-05T00:01:01.000000Z',
  lastAcceptedTime: '2026-01-04T21:59:59.000000Z',
  lastEventAgeSeconds: -61,
  lastAcceptedAgeSeconds: 7_201,
  stopped: ['a roll met another object'],
}

describe('a summary', () => {
  it('is a bordered table of text', () => {
    expect(summaryText(clicks)).toBe(
      `+--------------------+----------------------------------------------------------+
|        Name        | clicks                                                   |
+--------------------+----------------------------------------------------------+
|     Workspace      | prod                                                     |
+--------------------+----------------------------------------------------------+
|    Description     | What was clicked                                         |
+--------------------+----------------------------------------------------------+
|     Created At     | 2026-01-04 00:25:06 UTC                                  |
+--------------------+----------------------------------------------------------+
|       Owner        |                                                          |
+--------------------+----------------------------------------------------------+
|  Last Modified At  | 2026-01-04 00:25:07 UTC                                  |
+--------------------+----------------------------------------------------------+
|        Tags        | team: ads, release: staging                              |
+--------------------+----------------------------------------------------------+
|        Kind        | Stream Source                                            |
+--------------------+----------------------------------------------------------+
|    Log Offline     | True                                                     |
+--------------------+----------------------------------------------------------+
|     Partitions     | 2                                                        |
+--------------------+----------------------------------------------------------+
|   Feature Views    | latest: serving, other: backfilling (5 of 20), 12 behind |
+--------------------+----------------------------------------------------------+
|        Rows        | 20                                                       |
+--------------------+----------------------------------------------------------+
|      Rejected      | 1                                                        |
+--------------------+----------------------------------------------------------+
|     Tail Rows      | 3                                                        |
+--------------------+----------------------------------------------------------+
|       Parts        | 2                                                        |
+--------------------+----------------------------------------------------------+
|       Bytes        | 4096                                                     |
+--------------------+----------------------------------------------------------+
|  First Event Time  | 2026-01-01 00:00:00 UTC                                  |
+--------------------+----------------------------------------------------------+
|  Last Event Time   | 2026-01-05 00:01:01 UTC (1 min ahead)                    |
+--------------------+----------------------------------------------------------+
| Last Accepted Time | 2026-01-04 21:59:59 UTC (2 h ago)                        |
+--------------------+----------------------------------------------------------+
|      Stopped       | a roll met another object                                |
+--------------------+----------------------------------------------------------+
`,
    )
  })

  it('keeps controls and turned text out of a terminal', () => {
    const text = summaryText({ ...clicks, description: 'a\u001b[2Jb\u202ec\u0000', owner: '日本' })
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(
      new Set(
        text
          .trimEnd()
          .split('\n')
          .map(line => [...line].length),
      ).size,
    ).toBe(1)
  })

  it('is a table of HTML in which dictionaries are tables and every text is escaped', () => {
    const html = summaryHtml({ ...clicks, owner: `<b>"&'</b>`, options: { '<i>': '</td>' } })
    expect(html).toMatch(/^<table class="tidegate-summary"><tbody><tr>/)
    expect(html).toContain('<th scope="row">Owner</th><td>&lt;b&gt;&quot;&amp;&#39;&lt;/b&gt;</td>')
    expect(html).toContain('<table><tbody><tr><th scope="row">&lt;i&gt;</th><td>&lt;/td&gt;</td>')
    expect(html).toContain('<tr><th scope="row">release</th><td>staging</td></tr></tbody></table>')
  })
})
