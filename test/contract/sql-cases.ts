import type { SqlValue } from '../../gateway/ports.ts'
import { type ContractCase, classOf } from './contract-case.ts'

type Step = readonly [statement: string, ...parameters: SqlValue[]]

/** Runs statements one after the other and gives the rows of each, or the kind of its failure. */
function steps(name: string, ...list: readonly (string | Step)[]): ContractCase {
  return {
    name,
    run: ({ storage }) =>
      list.map(step => {
        const [statement, ...parameters] = typeof step === 'string' ? [step] : step
        try {
          return storage.sql(statement, ...parameters)
        } catch (cause) {
          return classOf(cause)
        }
      }),
  }
}

const values: readonly (readonly [name: string, value: SqlValue])[] = [
  ['null', null],
  ['zero', 0],
  ['one', 1],
  ['minus one', -1],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER],
  ['the smallest safe integer', Number.MIN_SAFE_INTEGER],
  ['a half', 0.5],
  ['a huge number', 1e300],
  ['the empty text', ''],
  ['a text', 'text'],
  ['a text of digits', '0012'],
  ['a text of a fraction', '1.50'],
  ['text beyond ASCII', 'ü € 𝄞'],
  ['quotes', `'"\`;--`],
  ['line feeds', 'a\nb\r\nc'],
  ['a JSON text', '{"a":[1,2,{"b":null}]}'],
]
const affinities = ['INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB']

/** What comes back of a value is what went in, by the column's affinity. */
const roundTrips = affinities.flatMap(affinity =>
  values.map(([name, value]) =>
    steps(
      `${name} in a column of ${affinity}`,
      `CREATE TABLE held (v ${affinity})`,
      ['INSERT INTO held (v) VALUES (?)', value],
      'SELECT v, typeof(v) AS type FROM held',
      ['SELECT count(*) AS same FROM held WHERE v IS ?', value],
    ),
  ),
)

const expressions = [
  '1 + 1',
  '7 / 2',
  '7 % 2',
  '-7 / 2',
  '1.0',
  '1 / 0',
  "'a' || 'b'",
  'NULL || 1',
  'NULL = NULL',
  'NULL IS NULL',
  "'a' < 'b'",
  "'B' < 'a'",
  "'é' > 'z'",
  "10 > '9'",
  'length(NULL)',
  "length('ü€𝄞')",
  "octet_length('ü€𝄞')",
  'octet_length(123)',
  "upper('aü')",
  "substr('abcdef', 2, 3)",
  "replace('aXbX', 'X', '-')",
  "instr('abc', 'c')",
  "coalesce(NULL, NULL, 'x')",
  'max(1, 2, 3)',
  'min(1, NULL)',
  'abs(-5)',
  'round(2.5)',
  'round(-2.567, 2)',
  "typeof('1')",
  'typeof(1)',
  'typeof(1.0)',
  'typeof(NULL)',
  "CAST('12' AS INTEGER)",
  "CAST('12x' AS INTEGER)",
  'CAST(1.9 AS INTEGER)',
  'CAST(7 AS TEXT)',
  "'abc' LIKE 'A%'",
  "'abc' GLOB 'A*'",
  'CASE WHEN 1 THEN 2 ELSE 3 END',
  '1 IN (1, 2)',
  '3 NOT IN (1, 2)',
  '5 BETWEEN 1 AND 5',
  'iif(0, 1, 2)',
  "json_extract('[1,2]', '$[1]')",
  "hex('ab')",
  'true',
  'no_such_function(1)',
].map(expression => steps(`the expression ${expression}`, `SELECT ${expression} AS v`))

const table = 'CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID'
const put = 'INSERT INTO t (k, n) VALUES (?, ?)'
const all = 'SELECT k, n FROM t ORDER BY k'
const insertOrKeep = `${put} ON CONFLICT DO NOTHING`
const upsert = `${put} ON CONFLICT (k) DO UPDATE SET n = excluded.n`

const statements = [
  steps('an empty table has no rows', table, all),
  steps('columns come in the order of the statement', table, [put, 'a', 1], 'SELECT n, k FROM t'),
  steps('rows come by the key of a table without rowid', table, [put, 'b', 1], [put, 'a', 2], all),
  steps('a key is unique', table, [put, 'a', 1], [put, 'a', 2], all),
  steps('a column that must not be null', table, [put, 'a', null], all),
  steps(
    'a check',
    'CREATE TABLE one (id INTEGER PRIMARY KEY CHECK (id = 0))',
    'INSERT INTO one VALUES (1)',
  ),
  steps('conflict: nothing', table, [put, 'a', 1], [insertOrKeep, 'a', 2], all),
  steps('conflict: update', table, [put, 'a', 1], [upsert, 'a', 2], all),
  steps('returning an insert', table, [`${put} RETURNING k, n`, 'a', 1]),
  steps(
    'returning nothing where nothing was done',
    table,
    [put, 'a', 1],
    [`${insertOrKeep} RETURNING k`, 'a', 2],
  ),
  steps(
    'returning an update that its WHERE keeps',
    table,
    [put, 'a', 5],
    [`${upsert} WHERE excluded.n < n RETURNING k`, 'a', 9],
    [`${upsert} WHERE excluded.n < n RETURNING k`, 'a', 3],
    all,
  ),
  steps('returning a delete', table, [put, 'a', 1], 'DELETE FROM t RETURNING n', all),
  steps('an update of nothing', table, "UPDATE t SET n = 1 WHERE k = 'a'", all),
  steps('a minimum of nothing', table, 'SELECT min(n) AS least FROM t'),
  steps(
    'a minimum of nothing that HAVING leaves out',
    table,
    'SELECT min(n) AS least FROM t HAVING count(*) > 0',
  ),
  steps(
    'aggregates',
    table,
    [put, 'a', 1],
    [put, 'b', 4],
    'SELECT count(*) AS c, sum(n) AS s, avg(n) AS a, max(k) AS m FROM t',
  ),
  steps(
    'nulls come first',
    'CREATE TABLE u (n INTEGER)',
    'INSERT INTO u VALUES (2), (NULL), (1)',
    'SELECT n FROM u ORDER BY n',
    'SELECT n FROM u ORDER BY n DESC',
  ),
  steps('a limit', table, [put, 'a', 1], [put, 'b', 2], `${all} LIMIT 1`),
  steps(
    'row numbers go on from the largest',
    'CREATE TABLE r (row INTEGER PRIMARY KEY, v)',
    'INSERT INTO r (v) VALUES (1), (2)',
    'DELETE FROM r WHERE row = 2',
    'INSERT INTO r (v) VALUES (3) RETURNING row',
  ),
  steps(
    'a table of rows that is emptied begins anew',
    'CREATE TABLE r (row INTEGER PRIMARY KEY, v)',
    'INSERT INTO r (v) VALUES (1), (2)',
    'DELETE FROM r',
    'INSERT INTO r (v) VALUES (3) RETURNING row',
  ),
  steps('a table made twice', table, table),
  steps(
    'a table made if it is not there',
    'CREATE TABLE IF NOT EXISTS x (a)',
    'CREATE TABLE IF NOT EXISTS x (b)',
    'SELECT a FROM x',
    'SELECT b FROM x',
  ),
  steps('a table dropped and read', table, 'DROP TABLE t', all),
  steps('a table dropped if it is there', 'DROP TABLE IF EXISTS nowhere'),
  steps(
    'a ring of tables: the same statement after a drop',
    table,
    [put, 'a', 1],
    all,
    'DROP TABLE t',
    table,
    all,
    [put, 'b', 2],
    all,
  ),
  steps(
    'a table that comes back with another column',
    'CREATE TABLE x (a)',
    'INSERT INTO x VALUES (1)',
    'SELECT * FROM x',
    'DROP TABLE x',
    'CREATE TABLE x (b, c)',
    'INSERT INTO x VALUES (2, 3)',
    'SELECT * FROM x',
  ),
  steps('a wrong statement', 'SELEC 1'),
  steps('a column that is not there', table, 'SELECT z FROM t'),
  steps('an alias', 'SELECT 1 AS "due ms"'),
  steps(
    'a common table',
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4) SELECT n FROM c',
  ),
  steps(
    'a long text',
    'CREATE TABLE x (a TEXT)',
    ['INSERT INTO x VALUES (?)', 'ü'.repeat(200_000)],
    'SELECT length(a) AS l, octet_length(a) AS o FROM x',
  ),
  steps(
    'a compound key',
    'CREATE TABLE c (a, b, n, PRIMARY KEY (a, b)) WITHOUT ROWID',
    'INSERT INTO c VALUES (1, 1, 1), (1, 2, 2)',
    'INSERT INTO c VALUES (1, 2, 3)',
    'SELECT n FROM c WHERE a = 1 ORDER BY b DESC',
  ),
  steps(
    'a value set to its old one is still one row',
    table,
    [put, 'a', 1],
    "UPDATE t SET n = 1 WHERE k = 'a' RETURNING n",
  ),
  steps(
    'large integers compare exactly',
    'CREATE TABLE x (a INTEGER)',
    ['INSERT INTO x VALUES (?)', Number.MAX_SAFE_INTEGER],
    ['SELECT count(*) AS c FROM x WHERE a > ?', Number.MAX_SAFE_INTEGER - 1],
  ),
  steps(
    'a sum of integers stays one',
    'SELECT typeof(sum(v)) AS t FROM (SELECT 1 AS v UNION ALL SELECT 2)',
  ),
  steps(
    'a failed statement leaves the others alone',
    table,
    [put, 'a', 1],
    "INSERT INTO t (k, n) VALUES ('b', 2), ('a', 3)",
    all,
  ),
]

export const sqlCases: readonly ContractCase[] = [...roundTrips, ...expressions, ...statements]
