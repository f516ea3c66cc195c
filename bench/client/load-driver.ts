import type { ClientName } from './clients.ts'
import type { DriverModule } from './driver.ts'

/** Loads a client's driver; throws where a peer's packages are not installed. */
export async function loadDriver(client: ClientName): Promise<DriverModule> {
  if (client === 'tidegate') return await import('./tidegate-driver.ts')
  const module: unknown = await import(new URL(`peers/${client}.mjs`, import.meta.url).href)
  if (isDriverModule(module)) return module
  throw new Error(`peers/${client}.mjs is no driver.`)
}

function isDriverModule(module: unknown): module is DriverModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'connect' in module &&
    typeof module.connect === 'function' &&
    'connectStubbed' in module &&
    typeof module.connectStubbed === 'function'
  )
}
