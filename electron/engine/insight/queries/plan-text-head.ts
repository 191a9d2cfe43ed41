import type { RawPlan } from './explain.ts';
import { numberOf, textOf } from './plan-tree.ts';

/** The first line of a node: what it is, on what, and its figures. `rowDigits`: 18+ counts parts of rows per loop. */
export function planHead(raw: RawPlan, rowDigits: number): string {
  const fixed = (key: string, digits: number): string => (numberOf(raw, key) ?? 0).toFixed(digits);
  const estimate = `cost=${fixed('Startup Cost', 2)}..${fixed('Total Cost', 2)} rows=${fixed('Plan Rows', 0)} width=${fixed('Plan Width', 0)}`;
  const loops = numberOf(raw, 'Actual Loops');
  const measured =
    loops === null
      ? ''
      : loops === 0
        ? ' (never executed)'
        : ` (actual time=${fixed('Actual Startup Time', 3)}..${fixed('Actual Total Time', 3)} rows=${fixed('Actual Rows', rowDigits)} loops=${loops})`;
  return `${nameOf(raw)}  (${estimate})${measured}`;
}

/** " on posts p": what a node or an updated partition is about. */
export function planTarget(raw: RawPlan): string {
  const type = textOf(raw, 'Node Type');
  if (type === 'Bitmap Index Scan') return ` on ${ident(textOf(raw, 'Index Name'))}`;
  const object = OBJECTS.map((key) => textOf(raw, key)).find((name) => name !== '') ?? '';
  const alias = textOf(raw, 'Alias');
  if (object === '' && alias === '') return '';
  const words = [object, alias === object ? '' : alias].filter((word) => word !== '').map(ident);
  return ` on ${words.join(' ')}`;
}

const OBJECTS = ['Relation Name', 'Function Name', 'Table Function Name', 'CTE Name', 'Tuplestore Name'];

function nameOf(raw: RawPlan): string {
  const index = textOf(raw, 'Index Name');
  const isBitmap = textOf(raw, 'Node Type') === 'Bitmap Index Scan';
  return [
    raw['Parallel Aware'] === true ? 'Parallel ' : '',
    raw['Async Capable'] === true ? 'Async ' : '',
    typeOf(raw),
    raw['Scan Direction'] === 'Backward' ? ' Backward' : '',
    index !== '' && !isBitmap ? ` using ${ident(index)}` : '',
    planTarget(raw),
  ].join('');
}

function typeOf(raw: RawPlan): string {
  const type = textOf(raw, 'Node Type');
  const [strategy, operation] = [textOf(raw, 'Strategy'), textOf(raw, 'Operation')];
  switch (type) {
    case 'Aggregate': {
      const mode = textOf(raw, 'Partial Mode');
      return `${mode === 'Simple' || mode === '' ? '' : `${mode} `}${AGGREGATES[strategy] ?? type}`;
    }
    case 'SetOp':
      return `${strategy === 'Hashed' ? 'Hash' : ''}SetOp ${textOf(raw, 'Command')}`;
    case 'ModifyTable':
      return operation;
    case 'Foreign Scan':
      return operation === '' || operation === 'Select' ? type : `Foreign ${operation}`;
    case 'Custom Scan':
      return `Custom Scan (${textOf(raw, 'Custom Plan Provider')})`;
    case 'Nested Loop':
    case 'Hash Join':
    case 'Merge Join': {
      const join = textOf(raw, 'Join Type');
      return join === '' || join === 'Inner' ? type : `${type.replace(/ Join$/, '')} ${join} Join`;
    }
    default:
      return type;
  }
}

const AGGREGATES: Readonly<Record<string, string>> = {
  Sorted: 'GroupAggregate',
  Hashed: 'HashAggregate',
  Mixed: 'MixedAggregate',
};

/** As quote_ident has it. */
function ident(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Key words that cannot be the name of a table as they are; 14–18. https://www.postgresql.org/docs/current/sql-keywords-appendix.html */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char
  character check coalesce collate collation column concurrently constraint create cross current_catalog current_date
  current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do
  else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike
  in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists
  json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like
  limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset
  on only or order out outer overlaps overlay placing position precision primary real references returning right row select
  session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing
  treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
  xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
);
