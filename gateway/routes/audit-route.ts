import type { AuditPorts } from '../audit/audit-partition.ts'
import { auditWorkspace } from '../audit/audit-workspace.ts'
import type { CompiledDefinitions } from '../ingest/compiled-source.ts'
import type { Report } from '../ports.ts'

/**
 * Answers `GET …/audit`: whether what was accepted, what is stored and what was applied agree, for each
 * partition of the workspace; `deep=true` reads every part again.
 */
export async function answerAudit(
  ports: AuditPorts & { readonly report: Report },
  definitions: CompiledDefinitions,
  parameters: URLSearchParams,
): Promise<Response> {
  const audit = await auditWorkspace(ports, definitions, parameters.get('deep') === 'true')
  for (const { source, partition, wrong } of audit.partitions) {
    if (wrong.length > 0) ports.report('audit disagrees', { source, partition, wrong })
  }
  return Response.json(audit)
}
