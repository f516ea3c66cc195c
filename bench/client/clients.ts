/** Who is measured. Each peer's driver is peers/<name>.mjs, loaded where its packages are installed. */
export const peerNames = ['opentelemetry', 'segment', 'posthog', 'amplitude'] as const
type PeerName = (typeof peerNames)[number]
export type ClientName = PeerName | 'tidegate'

export function isClientName(name: string | undefined): name is ClientName {
  return name === 'tidegate' || peerNames.some(peer => peer === name)
}
