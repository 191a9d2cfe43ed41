/**
 * How values arrive, for one connection (pg's own parsers are global, and turn instants into `Date` and numeric arrays
 * into floats): int8 and oid as numbers, numeric and everything about time as text, arrays as arrays.
 * int8 beyond 2^53 loses its last digits: statements that may meet such values cast them to text.
 */
export const VALUE_TYPES = {
  getTypeParser: (oid: number, format?: string): ((value: string) => unknown) =>
    format === 'binary' ? identity : (PARSERS.get(oid) ?? identity),
};

const identity = (text: string): string => text;

/** Type oids are fixed: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'], // bool
  [17, (text) => Buffer.from(text.slice(2), 'hex')], // bytea: bytea_output is hex in our transactions
  ...[
    20, // int8
    21, // int2
    23, // int4
    26, // oid
    700, // float4
    701, // float8
  ].map((oid) => [oid, toNumber] as const),
  ...[114, 3802].map((oid) => [oid, JSON.parse] as const), // json, jsonb
  [1000, (text) => mapElements(text, (element) => element === 't')], // bool[]
  ...[
    1005, // int2[]
    1007, // int4[]
    1016, // int8[]
    1021, // float4[]
    1022, // float8[]
    1028, // oid[]
  ].map((oid) => [oid, (text: string) => mapElements(text, toNumber)] as const),
  ...[
    1001, // bytea[]
    1002, // "char"[]
    1003, // name[]
    1008, // regproc[]
    1009, // text[]
    1011, // xid[]
    1014, // bpchar[]
    1015, // varchar[]
    1034, // aclitem[]
    1041, // inet[]
    1115, // timestamp[]
    1182, // date[]
    1185, // timestamptz[]
    1187, // interval[]
    1231, // numeric[]
    1263, // cstring[]
    2207, // regprocedure[]
    2208, // regoper[]
    2209, // regoperator[]
    2210, // regclass[]
    2211, // regtype[]
    2949, // txid_snapshot[]
    2951, // uuid[]
    3221, // pg_lsn[]
    4090, // regnamespace[]
    4097, // regrole[]
  ].map((oid) => [oid, (text: string) => mapElements(text, identity)] as const),
]);

function toNumber(text: string): number {
  // JavaScript and PostgreSQL spell NaN alike, and Infinity too.
  return Number(text);
}

type Elements<T> = (T | null | Elements<T>)[];

/**
 * Catalog arrays are mostly plain `{1,2,3}`, ten thousands of them, and those are split; pg's own parser walks through
 * every character. An array of a vector prints its bounds: `[0:1]={1,2}`.
 */
function mapElements<T>(text: string, map: (element: string) => T): Elements<T> {
  const start = text.startsWith('[') ? text.indexOf('={') + 1 : 0;
  const body = text.slice(start + 1, -1);
  if (body === '') return [];
  if (!/["\\{]/.test(body)) {
    return body.split(',').map((element) => (element === 'NULL' ? null : map(element)));
  }
  const outermost: Elements<T> = [];
  const open = [outermost];
  for (const [token, quoted] of text.slice(start).matchAll(/[{},]|"((?:[^"\\]|\\.)*)"|[^{},"]+/gs)) {
    if (token === '{') {
      const inner: Elements<T> = [];
      open.at(-1)?.push(inner);
      open.push(inner);
    } else if (token === '}') open.pop();
    else if (quoted !== undefined) open.at(-1)?.push(map(quoted.replace(/\\(.)/gs, '$1')));
    else if (token !== ',') open.at(-1)?.push(token === 'NULL' ? null : map(token));
  }
  const [parsed] = outermost;
  return Array.isArray(parsed) ? parsed : [];
}
