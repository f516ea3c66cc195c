/** What Tecton's Java serving client (tecton-http-client-java) sends. */

/** The body of its `getFeatures`: every join key is text, and a map without entries is null. */
export function javaFeaturesBody(
  workspace: string,
  service: string,
  joinKeyMap: { readonly [name: string]: string },
  metadataOptions: readonly string[] = ['include_names', 'include_data_types'],
) {
  return {
    params: {
      feature_service_name: service,
      workspace_name: workspace,
      join_key_map: joinKeyMap,
      request_context_map: null,
      metadata_options: flags(metadataOptions),
    },
  }
}

/** The body of one micro-batch of its `getFeaturesBatch`. */
export function javaBatchBody(
  workspace: string,
  service: string,
  rows: readonly { readonly [name: string]: string }[],
  metadataOptions: readonly string[] = ['include_names', 'include_data_types'],
  requestOptions: object = {},
) {
  return {
    params: {
      feature_service_name: service,
      workspace_name: workspace,
      request_data: rows.map(row => ({ join_key_map: row })),
      metadata_options: flags(metadataOptions),
      request_options: requestOptions,
    },
  }
}

function flags(names: readonly string[]): { readonly [name: string]: true } {
  return Object.fromEntries(names.map(name => [name, true]))
}

/** `RequestConstants.ALL_METADATA_OPTIONS`. */
export const allOptions = [
  'include_names',
  'include_data_types',
  'include_effective_times',
  'include_slo_info',
  'include_serving_status',
  'include_feature_descriptions',
  'include_feature_tags',
]
