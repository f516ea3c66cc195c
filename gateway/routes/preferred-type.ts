/**
 * Gives the one of some media types that an `Accept` header likes best: by its weights, then by its order. Nothing
 * said, or nothing of it known, is the first.
 */
export function preferredType<Type extends string>(
  accept: string | undefined,
  types: readonly [Type, ...Type[]],
): Type {
  const [first] = types
  let best: { readonly type: Type; readonly weight: number } | undefined
  for (const part of (accept ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map(text => text.trim().toLowerCase())
    const type = range === '*/*' ? first : types.find(type => matches(range, type))
    const weight = weightOf(parameters)
    if (type !== undefined && weight > (best?.weight ?? 0)) best = { type, weight }
  }
  return best?.type ?? first
}

function matches(range: string, type: string): boolean {
  return range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
}

function weightOf(parameters: readonly string[]): number {
  const said = parameters.find(parameter => parameter.startsWith('q='))
  const weight = said === undefined ? 1 : Number(said.slice(2))
  return weight >= 0 && weight <= 1 ? weight : 0
}
