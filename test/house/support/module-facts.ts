import { type ESTree, parseSync, Visitor } from 'vite'

export interface ImportFact {
  readonly specifier: string
  /** Gone when the program runs. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface Place {
  readonly line: number
  /** What stands there, in the words of a violation. */
  readonly what: string
}

/** What the house rules want to know of a module. */
export interface ModuleFacts {
  readonly path: string
  readonly lines: number
  readonly imports: readonly ImportFact[]
  readonly defaultExports: readonly Place[]
  /** `export … from`. */
  readonly reExports: readonly Place[]
  readonly anys: readonly Place[]
  /** Assertions of a type that the compiler could not see, but `as const` and empty literals. */
  readonly casts: readonly Place[]
  /** Variables of the module itself that can change, or hold what can. */
  readonly state: readonly Place[]
  /** Uses of the machine's clock, chance, timers and network. */
  readonly effects: readonly Place[]
  /** Statuses chosen and responses made. */
  readonly responses: readonly Place[]
  /** Names of types that are mentioned. */
  readonly typeNames: readonly Place[]
  /** Texts: literals and the fixed parts of templates. */
  readonly texts: readonly Place[]
}

const effectMembers = [
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'scheduler.wait',
]
const effectCalls = ['setTimeout', 'setInterval', 'fetch']

/** Reads a module's text once and gives what all rules ask; throws where it cannot be parsed. */
export function readModule(path: string, text: string): ModuleFacts {
  const { program, errors } = parseSync(path, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`)
  const lineOf = lineCounter(text)
  const place = (node: ESTree.Span, what: string): Place => ({ line: lineOf(node.start), what })
  const facts = {
    imports: [] as ImportFact[],
    defaultExports: [] as Place[],
    reExports: [] as Place[],
    anys: [] as Place[],
    casts: [] as Place[],
    effects: [] as Place[],
    responses: [] as Place[],
    typeNames: [] as Place[],
    texts: [] as Place[],
  }
  const calls: Place[] = []
  const bound = new Set<string>()
  const bind = (patterns: readonly (ESTree.Node | null)[]): void => {
    for (const name of patterns.flatMap(namesOf)) bound.add(name)
  }
  const addImport = (node: ESTree.Span, specifier: string, typeOnly: boolean): void => {
    facts.imports.push({ specifier, typeOnly, line: lineOf(node.start) })
  }

  new Visitor({
    ImportDeclaration(node) {
      const eachIsType =
        node.specifiers.length > 0 &&
        node.specifiers.every(one => one.type === 'ImportSpecifier' && one.importKind === 'type')
      addImport(node, node.source.value, node.importKind === 'type' || eachIsType)
    },
    ImportExpression(node) {
      if (node.source.type === 'Literal') addImport(node, String(node.source.value), false)
    },
    TSImportType(node) {
      addImport(node, node.source.value, true)
    },
    ExportNamedDeclaration(node) {
      if (node.source === null) return
      const eachIsType = node.specifiers.every(one => one.exportKind === 'type')
      addImport(node, node.source.value, node.exportKind === 'type' || eachIsType)
      facts.reExports.push(place(node, `export from ${node.source.value}`))
    },
    ExportAllDeclaration(node) {
      addImport(node, node.source.value, node.exportKind === 'type')
      facts.reExports.push(place(node, `export * from ${node.source.value}`))
    },
    ExportDefaultDeclaration(node) {
      facts.defaultExports.push(place(node, 'export default'))
    },
    TSAnyKeyword(node) {
      facts.anys.push(place(node, 'any'))
    },
    TSAsExpression(node) {
      const type = text.slice(node.typeAnnotation.start, node.typeAnnotation.end)
      const isEmpty = collectionOf(node.expression) !== undefined
      if (type !== 'const' && !isEmpty) facts.casts.push(place(node, `as ${type}`))
    },
    TSTypeReference(node) {
      if (node.typeName.type === 'Identifier') {
        facts.typeNames.push(place(node, node.typeName.name))
      }
    },
    MemberExpression(node) {
      const name = memberName(node)
      if (effectMembers.includes(name)) facts.effects.push(place(node, name))
      if (name === 'Response.json') facts.responses.push(place(node, name))
    },
    NewExpression(node) {
      if (node.callee.type !== 'Identifier') return
      if (node.callee.name === 'Response') facts.responses.push(place(node, 'new Response'))
      if (node.callee.name === 'Date' && node.arguments.length === 0) {
        facts.effects.push(place(node, 'new Date()'))
      }
    },
    CallExpression(node) {
      if (node.callee.type === 'Identifier') calls.push(place(node, node.callee.name))
    },
    Property(node) {
      if (node.key.type !== 'Identifier' || node.key.name !== 'status') return
      if (node.value.type === 'Literal' && typeof node.value.value === 'number') {
        facts.responses.push(place(node, `status: ${node.value.value}`))
      }
    },
    Literal(node) {
      if (typeof node.value === 'string') facts.texts.push(place(node, node.value))
    },
    TemplateElement(node) {
      facts.texts.push(place(node, node.value.cooked ?? node.value.raw))
    },
    VariableDeclarator: node => bind([node.id]),
    FunctionDeclaration: node => bind(node.params),
    FunctionExpression: node => bind(node.params),
    ArrowFunctionExpression: node => bind(node.params),
  }).visit(program)

  facts.effects.push(...calls.filter(({ what }) => effectCalls.includes(what) && !bound.has(what)))
  const state = program.body
    .flatMap(statement => stateOf(statement, text))
    .map(({ node, what }) => place(node, what))
  return { path, lines: text.trimEnd().split('\n').length, state, ...facts }
}

/** Variables of the module that are `let`, or hold a collection whose type does not forbid to change it. */
function stateOf(
  statement: ESTree.Node,
  text: string,
): readonly { readonly node: ESTree.Span; readonly what: string }[] {
  const declaration =
    statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
  if (declaration?.type !== 'VariableDeclaration' || declaration.declare) return []
  if (declaration.kind !== 'const') return [{ node: declaration, what: declaration.kind }]
  return declaration.declarations.flatMap(({ id, init }) => {
    const annotation = 'typeAnnotation' in id ? id.typeAnnotation : null
    const type = annotation ? text.slice(annotation.start + 1, annotation.end).trim() : ''
    if (/^readonly\b/i.test(type) || /^Readonly(?:Map|Set|Array)\b/.test(type)) return []
    const what = init === null ? undefined : collectionOf(init)
    return what === undefined ? [] : [{ node: declaration, what }]
  })
}

function collectionOf(init: ESTree.Expression): string | undefined {
  if (init.type === 'ArrayExpression' && init.elements.length === 0) return '[]'
  if (init.type === 'ObjectExpression' && init.properties.length === 0) return '{}'
  if (init.type !== 'NewExpression' || init.callee.type !== 'Identifier') return undefined
  const { name } = init.callee
  return /^(?:Weak)?(?:Map|Set)$|^Array$/.test(name) ? `new ${name}` : undefined
}

/** The names that a parameter or a declaration binds. */
function namesOf(pattern: ESTree.Node | null): readonly string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'AssignmentPattern':
      return namesOf(pattern.left)
    case 'RestElement':
      return namesOf(pattern.argument)
    case 'ArrayPattern':
      return pattern.elements.flatMap(namesOf)
    case 'ObjectPattern':
      return pattern.properties.flatMap(property =>
        namesOf(property.type === 'RestElement' ? property : property.value),
      )
    default:
      return []
  }
}

function memberName(node: ESTree.MemberExpression): string {
  if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return ''
  return `${node.object.name}.${node.property.name}`
}

function lineCounter(text: string): (offset: number) => number {
  return offset => text.slice(0, offset).split('\n').length
}
