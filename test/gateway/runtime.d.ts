// What `cloudflare:workers` gives inside tests: the bindings of wrangler.toml and the gateway itself.
import type { Env as GatewayEnv } from '../../gateway/env.ts'

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import('../../gateway/worker.ts')
    }
    interface Env extends GatewayEnv {}
  }
}
