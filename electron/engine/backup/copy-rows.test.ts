import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CopyRowCounter, countCopiedRows } from './copy-rows.ts';

/** As pg_restore 15 writes it: settings, comments with blurred names, data, sequences, large objects. */
const SCRIPT = String.raw`--
-- PostgreSQL database dump
--

\restrict aB"c'D

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Data for Name: it's "odd; COPY a.b (c) FROM stdin;
--

COPY "public"."plain" ("id", "t") FROM stdin;
1	\\.
2	\\.\n
3	COPY "x"."y" ("z") FROM stdin;
4	it's "quoted; -- and \\\\.
\.


COPY "public"."empty" ("id") FROM stdin;
\.


COPY public.unquoted (id) FROM stdin;

\N

\.


COPY "s""q.x"."x
drop
\.
" ("a
b") FROM stdin;
\.


COPY "public"."COPY "" (a) FROM stdin;" ("t") FROM stdin;
one
\.


COPY "public"."nocols"  FROM stdin;


\.


SELECT pg_catalog.setval('"public"."s''q"', 7, true);

BEGIN;

SELECT pg_catalog.lo_open('16432', 131072);
SELECT pg_catalog.lowrite(0, '\x27270a5c2e0a');
SELECT pg_catalog.lo_close(0);

COMMIT;

\unrestrict aB"c'D

`;
const EXPECTED = [
  { schema: 'public', name: 'plain', rows: 4 },
  { schema: 'public', name: 'empty', rows: 0 },
  { schema: 'public', name: 'unquoted', rows: 3 },
  { schema: 's"q.x', name: 'x\ndrop\n\\.\n', rows: 0 },
  { schema: 'public', name: 'COPY " (a) FROM stdin;', rows: 1 },
  { schema: 'public', name: 'nocols', rows: 2 },
];

describe('rows of COPY blocks', () => {
  it.each([1, 2, 3, 5, 7, 64, 100_000])('are the same in pieces of %i bytes', async (size) => {
    const bytes = Buffer.from(SCRIPT);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    let seen = 0;
    const counted = await countCopiedRows(Readable.from(pieces), (more) => {
      seen += more;
    });
    expect(counted).toEqual(EXPECTED);
    expect(seen).toBe(bytes.length);
  });

  it.each([
    'COPY "public"."t" ("a") FROM stdin;\n1\n',
    'COPY "public"."t',
    "SELECT pg_catalog.lowrite(0, '\\x00",
  ])('are damaged where the script is cut off: %j', (script) => {
    const counter = new CopyRowCounter();
    counter.push(Buffer.from(script));
    expect(() => counter.end()).toThrow('The data of the archive is cut off.');
  });

  it('keeps nothing of a large object', () => {
    const counter = new CopyRowCounter();
    counter.push(Buffer.from("SELECT pg_catalog.lowrite(0, '\\x"));
    const zeros = Buffer.alloc(1_048_576, '0');
    const before = process.memoryUsage().arrayBuffers;
    for (let piece = 0; piece < 64; piece += 1) counter.push(zeros);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1_048_576);
    counter.push(Buffer.from("');\nCOPY a.b (c) FROM stdin;\n1\n\\.\n"));
    expect(counter.end()).toEqual([{ schema: 'a', name: 'b', rows: 1 }]);
  });
});
