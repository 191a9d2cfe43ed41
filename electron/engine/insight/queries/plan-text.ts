import { asPlan, childrenOf, numberOf, textOf } from './plan-tree.ts';
import type { RawPlan } from './explain.ts';
import { planHead, planTarget } from './plan-text-head.ts';

const FRACTIONAL_ROWS_SINCE = 180_000;

/**
 * A plan as EXPLAIN's own text format has it, made from the JSON that the server gave: asking the server a second time
 * would measure another run. Rule: explain.c; compared with the server's text on 14–18 by insight-plan-text.test.ts.
 */
export function planText(explained: RawPlan, versionNum: number): string {
  const root = asPlan(explained['Plan']);
  if (!root) return '';
  return [
    ...nodeLines(root, 0, versionNum >= FRACTIONAL_ROWS_SINCE ? 2 : 0),
    ...planningLines(explained),
    ...jitLines(asPlan(explained['JIT'])),
    ...milliseconds('Execution Time', explained),
  ].join('\n');
}

/** One step is two spaces. */
function line(indent: number, text: string): string {
  return '  '.repeat(indent) + text;
}

function nodeLines(raw: RawPlan, from: number, rowDigits: number): string[] {
  const lines: string[] = [];
  let indent = from;
  const part = textOf(raw, 'Subplan Name');
  if (part !== '') {
    lines.push(line(indent, part));
    indent += 1;
  }
  lines.push(line(indent, `${indent > 0 ? '->  ' : ''}${planHead(raw, rowDigits)}`));
  indent += indent > 0 ? 3 : 1;
  for (const property of propertiesOf(raw)) lines.push(line(indent, property));
  for (const child of childrenOf(raw)) lines.push(...nodeLines(child, indent, rowDigits));
  return lines;
}

/** In the head of the node, in a line together with others, or left out of the text format. */
const ELSEWHERE = new Set(
  `Node Type|Strategy|Partial Mode|Operation|Command|Parent Relationship|Subplan Name|Custom Plan Provider|Parallel Aware
|Async Capable|Scan Direction|Index Name|Relation Name|Alias|Schema|Function Name|Table Function Name|CTE Name
|Tuplestore Name|Join Type|Startup Cost|Total Cost|Plan Rows|Plan Width|Actual Startup Time|Actual Total Time|Actual Rows
|Actual Loops|Inner Unique|Plans|Original Hash Buckets|Hash Batches|Original Hash Batches|Sort Space Used|Sort Space Type
|Cache Misses|Cache Evictions|Cache Overflows|Lossy Heap Blocks|Sampling Parameters|Repeatable Seed|Maximum Storage
|HashAgg Batches|Disk Usage|Worker Number`
    .replaceAll('\n', '')
    .split('|'),
);

/** Only said where there is something to say. */
const UNLESS_ZERO = /^(?:Rows Removed by |Subplans Removed$)/;
const BUFFERS = /^(?:Shared|Local|Temp) .*(?:Blocks|Time)$|^I\/O (?:Read|Write) Time$/;

/** Lines of a node or of one of its workers, in the order in which the server has the figures. */
function propertiesOf(raw: RawPlan): string[] {
  let hasBuffers = false;
  let hasHashAgg = false;
  return Object.entries(raw).flatMap(([key, value]): string[] => {
    if (BUFFERS.test(key)) {
      if (hasBuffers) return [];
      hasBuffers = true;
      return bufferLines(raw);
    }
    if (key === 'Planned Partitions' || (key === 'HashAgg Batches' && !hasHashAgg)) {
      if (hasHashAgg) return [];
      hasHashAgg = true;
      return hashAggregateLines(raw);
    }
    const together = TOGETHER[key];
    if (together) return together(raw);
    if (ELSEWHERE.has(key) || key === 'Peak Memory Usage') return [];
    if (UNLESS_ZERO.test(key) && value === 0) return [];
    if (value === false) return [];
    if (key === 'Workers' || key === 'Grouping Sets' || key === 'Target Tables' || key.endsWith('Groups'))
      return groupLines(key, value, raw);
    return [`${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`];
  });
}

/** Several figures of the JSON in one line, which stands where the first of them does. */
const TOGETHER: Readonly<Record<string, (raw: RawPlan) => string[]>> = {
  'Sort Method': (raw) => [
    `Sort Method: ${textOf(raw, 'Sort Method')}  ${textOf(raw, 'Sort Space Type')}: ${figure(raw, 'Sort Space Used')}kB`,
  ],
  'Hash Buckets': (raw) => {
    const [buckets, batches] = ['Buckets', 'Batches'].map((what) => {
      const [now, first] = [numberOf(raw, `Hash ${what}`), numberOf(raw, `Original Hash ${what}`)];
      return { text: `${what}: ${now}`, first, isOther: first !== null && first !== now };
    });
    const withFirst = buckets?.isOther || batches?.isOther;
    const words = [buckets, batches].map(
      (of) => `${of?.text}${withFirst ? ` (originally ${of?.first})` : ''}`,
    );
    return [`${words.join('  ')}  Memory Usage: ${figure(raw, 'Peak Memory Usage')}kB`];
  },
  'Cache Hits': (raw) => [
    `${['Hits', 'Misses', 'Evictions', 'Overflows'].map((of) => `${of}: ${figure(raw, `Cache ${of}`)}`).join('  ')}  Memory Usage: ${figure(raw, 'Peak Memory Usage')}kB`,
  ],
  'Exact Heap Blocks': (raw) => {
    const some = ['Exact', 'Lossy'].filter((of) => figure(raw, `${of} Heap Blocks`) > 0);
    const words = some.map((of) => `${of.toLowerCase()}=${figure(raw, `${of} Heap Blocks`)}`);
    return words.length === 0 ? [] : [`Heap Blocks: ${words.join(' ')}`];
  },
  'Sampling Method': (raw) => {
    const parameters = raw['Sampling Parameters'];
    const seed = raw['Repeatable Seed'];
    const repeatable = typeof seed === 'string' ? ` REPEATABLE (${seed})` : '';
    return [
      `Sampling: ${textOf(raw, 'Sampling Method')} (${Array.isArray(parameters) ? parameters.join(', ') : ''})${repeatable}`,
    ];
  },
  Storage: (raw) => [
    `Storage: ${textOf(raw, 'Storage')}  Maximum Storage: ${figure(raw, 'Maximum Storage')}kB`,
  ],
};

function hashAggregateLines(raw: RawPlan): string[] {
  const batches = numberOf(raw, 'HashAgg Batches');
  const words = [
    ...(figure(raw, 'Planned Partitions') > 0
      ? [`Planned Partitions: ${figure(raw, 'Planned Partitions')}`]
      : []),
    ...(batches === null
      ? []
      : [`Batches: ${batches}`, `Memory Usage: ${figure(raw, 'Peak Memory Usage')}kB`]),
    ...(batches !== null && batches > 1 ? [`Disk Usage: ${figure(raw, 'Disk Usage')}kB`] : []),
  ];
  return words.length === 0 ? [] : [words.join('  ')];
}

function bufferLines(raw: RawPlan): string[] {
  const of = (
    where: string,
    kinds: readonly string[],
    what: string,
    text: (value: number) => string,
  ): string[] => {
    const some = kinds.filter((kind) => figure(raw, `${where} ${kind} ${what}`) > 0);
    const words = some.map((kind) => `${WORD[kind]}=${text(figure(raw, `${where} ${kind} ${what}`))}`);
    return words.length === 0
      ? []
      : [`${where === 'I/O' ? '' : `${where.toLowerCase()} `}${words.join(' ')}`];
  };
  const all = ['Hit', 'Read', 'Dirtied', 'Written'];
  const blocks = ['Shared', 'Local', 'Temp'].flatMap((where) => of(where, all, 'Blocks', String));
  // Until 16 the times of shared and local blocks were one figure, and had no name.
  const times = ['I/O', 'Shared I/O', 'Local I/O', 'Temp I/O'].flatMap((where) =>
    of(where, ['Read', 'Write'], 'Time', (ms) => ms.toFixed(3)),
  );
  return [
    ...(blocks.length === 0 ? [] : [`Buffers: ${blocks.join(', ')}`]),
    ...(times.length === 0 ? [] : [`I/O Timings: ${times.join(', ').replaceAll(' i/o ', ' ')}`]),
  ];
}

const WORD: Readonly<Record<string, string>> = {
  Hit: 'hit',
  Read: 'read',
  Dirtied: 'dirtied',
  Written: 'written',
  Write: 'write',
};

function groupLines(key: string, value: unknown, raw: RawPlan): string[] {
  const members = (Array.isArray(value) ? value : [value])
    .map((member: unknown) => asPlan(member))
    .filter((member) => member !== null);
  if (key === 'Workers')
    return members.flatMap((worker) =>
      propertiesOf(worker).map((property) => `Worker ${figure(worker, 'Worker Number')}:  ${property}`),
    );
  if (key === 'Target Tables')
    return members.map((table) => `${textOf(raw, 'Operation')}${planTarget(table)}`);
  if (key === 'Grouping Sets') return members.flatMap(groupingLines);
  return members.map((groups) => {
    const methods = groups['Sort Methods Used'];
    const names = Array.isArray(methods) ? methods.map(String) : [];
    const spaces = ['Memory', 'Disk'].flatMap((kind) => {
      const space = asPlan(groups[`Sort Space ${kind}`]);
      return space === null
        ? []
        : [
            `Average ${kind}: ${figure(space, 'Average Sort Space Used')}kB`,
            `Peak ${kind}: ${figure(space, 'Peak Sort Space Used')}kB`,
          ];
    });
    return [
      `${key}: ${figure(groups, 'Group Count')}`,
      `Sort Method${names.length === 1 ? '' : 's'}: ${names.join(', ')}`,
      ...spaces,
    ].join('  ');
  });
}

function groupingLines(set: RawPlan): string[] {
  const sort = set['Sort Key'];
  const keyLines = (['Hash Key', 'Group Key'] as const).flatMap((key) => {
    const lists: unknown = set[`${key}s`];
    return (Array.isArray(lists) ? lists : []).map(
      (list: unknown) => `${key}: ${Array.isArray(list) && list.length > 0 ? list.join(', ') : '()'}`,
    );
  });
  if (!Array.isArray(sort)) return keyLines;
  return [`Sort Key: ${sort.join(', ')}`, ...keyLines.map((key) => line(1, key))];
}

function planningLines(explained: RawPlan): string[] {
  const buffers = bufferLines(asPlan(explained['Planning']) ?? {});
  return [
    ...(buffers.length === 0 ? [] : ['Planning:', ...buffers.map((text) => line(1, text))]),
    ...milliseconds('Planning Time', explained),
  ];
}

function milliseconds(key: string, raw: RawPlan): string[] {
  const value = numberOf(raw, key);
  return value === null ? [] : [`${key}: ${value.toFixed(3)} ms`];
}

function jitLines(jit: RawPlan | null): string[] {
  if (!jit) return [];
  const options = Object.entries(asPlan(jit['Options']) ?? {}).map(([name, on]) => `${name} ${String(on)}`);
  const timing = Object.entries(asPlan(jit['Timing']) ?? {}).map(([name, value]) => {
    // 17+ tells what of generating was for taking rows apart.
    const parts = asPlan(value);
    return parts
      ? `${name} ${figure(parts, 'Total').toFixed(3)} ms (Deform ${figure(parts, 'Deform').toFixed(3)} ms)`
      : `${name} ${Number(value).toFixed(3)} ms`;
  });
  return [
    'JIT:',
    line(1, `Functions: ${figure(jit, 'Functions')}`),
    ...(options.length === 0 ? [] : [line(1, `Options: ${options.join(', ')}`)]),
    ...(timing.length === 0 ? [] : [line(1, `Timing: ${timing.join(', ')}`)]),
  ];
}

function figure(raw: RawPlan, key: string): number {
  return numberOf(raw, key) ?? 0;
}
