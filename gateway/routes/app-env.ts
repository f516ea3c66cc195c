import type { Env } from '../env.ts'
import type { Services } from '../services.ts'
import type { Holder } from './authenticate.ts'

/** What a request carries through the app. */
export type AppEnv = {
  Bindings: Env
  Variables: { services: Services; holder: Holder }
}
