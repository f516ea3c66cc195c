import { GatewayError } from './gateway-error.ts'

export type Flechette = typeof import('@uwdata/flechette')

/** Loads the package that makes Arrow tables; asks for it by a sentence where it is missing. */
export async function loadFlechette(
  load: () => Promise<Flechette> = () => import('@uwdata/flechette'),
): Promise<Flechette> {
  try {
    return await load()
  } catch (cause) {
    throw new GatewayError(
      'toArrow makes tables by the package @uwdata/flechette, which cannot be loaded here: npm install @uwdata/flechette.',
      { code: 'missing_package', cause },
    )
  }
}
