import type { Answer, Body, openTecton } from './support.ts'

type Tecton = Awaited<ReturnType<typeof openTecton>>

/** A request that is refused, and how Tecton's clients hear of it. */
export interface ServingError {
  readonly what: string
  ask(tecton: Tecton): Promise<Answer>
  readonly status: number
  readonly code: number
  readonly message: string
}

const first = '/api/v1/feature-service'

/** Asks for one row with one thing spoilt. */
function spoilt(
  what: string,
  spoil: (params: { readonly [name: string]: unknown }) => object,
  status: number,
  code: number,
  message: string,
): ServingError {
  return {
    what,
    status,
    code,
    message,
    ask: ({ workspace, post }) =>
      post(`${first}/get-features`, {
        params: spoil({
          workspaceName: workspace,
          featureServiceName: 'orders',
          joinKeyMap: { user_id: 'u1' },
        }),
      }),
  }
}

function asked(
  what: string,
  body: (tecton: Tecton) => Body,
  headers: (tecton: Tecton) => Readonly<Record<string, string>>,
  status: number,
  code: number,
  message: string,
): ServingError {
  return {
    what,
    status,
    code,
    message,
    ask: tecton => tecton.post(`${first}/get-features-batch`, body(tecton), headers(tecton)),
  }
}

const withKey = ({ line }: Tecton) => ({ Authorization: `Tecton-key ${line.adminKey}` })
const rowsOf = ({ workspace }: Tecton, requestData: readonly object[]) => ({
  params: { workspaceName: workspace, featureServiceName: 'orders', requestData },
})
const row = { joinKeyMap: { user_id: 'u1' } }

/** Every way to ask wrongly. */
export const servingErrors: readonly ServingError[] = [
  spoilt(
    'a missing join key',
    params => ({ ...params, joinKeyMap: {} }),
    400,
    3,
    'Missing required join key: user_id',
  ),
  spoilt(
    'a join key that is null',
    params => ({ ...params, joinKeyMap: { user_id: null } }),
    400,
    3,
    'Invalid join key: user_id: expected ',
  ),
  spoilt(
    'a join key of another type',
    params => ({ ...params, joinKeyMap: { user_id: 1 } }),
    400,
    3,
    'Invalid join key: user_id: expected ',
  ),
  spoilt(
    'a join key nobody asked for',
    params => ({ ...params, joinKeyMap: { user_id: 'u', ad: 1 } }),
    400,
    3,
    'Unexpected join key: ad; the feature service has user_id.',
  ),
  spoilt(
    'a request context nobody asked for',
    params => ({ ...params, requestContextMap: { amount: 1 } }),
    400,
    3,
    'Unexpected request context key: amount; the feature service has none.',
  ),
  spoilt(
    'an option of another type',
    params => ({ ...params, requestOptions: { latencyBudgetMs: 'soon' } }),
    400,
    3,
    '"params.requestOptions.latencyBudgetMs" is a whole number',
  ),
  spoilt(
    'no service',
    ({ featureServiceName: _, ...params }) => params,
    400,
    3,
    'Exactly one of "params.featureServiceName" and "params.featureServiceId" is needed.',
  ),
  spoilt(
    'an unknown service',
    params => ({ ...params, featureServiceName: 'none' }),
    404,
    5,
    'No feature service "none" was applied to workspace "',
  ),
  spoilt(
    'an unknown workspace',
    params => ({ ...params, workspaceName: 'none' }),
    404,
    5,
    'No workspace "none" is known to this key.',
  ),
  spoilt(
    'a view that is not online',
    params => ({ ...params, featureServiceName: 'hidden' }),
    409,
    9,
    'The feature view "hidden_fv" is not served online.',
  ),
  asked('malformed JSON', () => '{', withKey, 400, 3, 'The body is not valid JSON.'),
  asked(
    'a bad row',
    tecton => rowsOf(tecton, [row, { joinKeyMap: {} }]),
    withKey,
    400,
    3,
    'requestData[1]: Missing required join key: user_id',
  ),
  asked(
    'no row',
    tecton => rowsOf(tecton, []),
    withKey,
    400,
    3,
    '"params.requestData" is a list of one row at least.',
  ),
  asked(
    'too many rows',
    tecton => rowsOf(tecton, Array(101).fill(row)),
    withKey,
    413,
    3,
    '"params.requestData" has 101 rows; the limit is 100.',
  ),
  asked('too many bytes', () => ' '.repeat(1_048_577), withKey, 413, 3, 'The body has at least '),
  asked(
    'no key',
    tecton => rowsOf(tecton, [row]),
    () => ({}),
    401,
    16,
    'Send a known key: ',
  ),
  asked(
    'an ingest key',
    tecton => rowsOf(tecton, [row]),
    ({ line }) => ({ Authorization: `Tecton-key ${line.ingestKey}` }),
    403,
    7,
    'An ingest key may only POST to /ingest and /v2/ingest',
  ),
]
