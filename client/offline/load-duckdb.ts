import { GatewayError } from '../workspace/gateway-error.ts'

// biome-ignore lint/suspicious/noTsIgnore: It is an error only where the package is missing.
/** @ts-ignore An optional peer: where it is not installed, nothing is known of it. */
export type DuckDb = typeof import('@duckdb/node-api')

/** Loads the package that computes training data; asks for it by a sentence where it is missing. */
export async function loadDuckDb(
  load: () => Promise<DuckDb> = () => import('@duckdb/node-api'),
): Promise<DuckDb> {
  try {
    return await load()
  } catch (cause) {
    throw new GatewayError(
      'Training data is computed by the package @duckdb/node-api, which cannot be loaded here: npm install @duckdb/node-api.',
      { code: 'missing_package', cause },
    )
  }
}
