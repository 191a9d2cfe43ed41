import type { Block } from './document.ts';
import { visible } from './visible.ts';

/** One file, no script, no request: styles are inside and a Content-Security-Policy forbids everything else. */
export function renderHtml(blocks: readonly Block[], title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${blocks.map(renderBlock).join('\n')}
</main>
</body>
</html>
`;
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `<h${block.level}>${escape(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
    case 'table':
      return renderTable(block);
    case 'code':
      return `<figure><figcaption>${escape(block.label)}</figcaption><pre><code>${escapeCode(block.text)}</code></pre></figure>`;
    case 'sql':
      return `<figure><figcaption>${escape(block.label)}</figcaption><pre><code>${escapeCode(
        block.statements.map((s) => `${s};`).join('\n'),
      )}</code></pre></figure>`;
  }
}

function renderTable({ columns, rows }: Extract<Block, { type: 'table' }>): string {
  const numeric = (at: number): string => (columns[at]?.isNumeric ? ' class="n"' : '');
  const head = columns.map((c, at) => `<th scope="col"${numeric(at)}>${escape(c.label)}</th>`).join('');
  const body = rows
    .map((row) => `<tr>${row.map((cell, at) => `<td${numeric(at)}>${escape(cell)}</td>`).join('')}</tr>`)
    .join('\n');
  return `<table><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table>`;
}

function escape(text: string): string {
  return entities(visible(text));
}

function escapeCode(text: string): string {
  return entities(visible(text, { keepLineBreaks: true }));
}

function entities(text: string): string {
  return text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `
:root{--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--paper:#fff;--code:#f3f5f7}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a3acb5;--line:#3a424a;--paper:#15181b;--code:#1f2429}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:60rem;margin:2.5rem auto;padding:0 1.5rem}
h1{font-size:1.8rem;line-height:1.2}h2{margin-top:2.4rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
h3{margin-top:1.8rem;font-size:1.05rem;overflow-wrap:anywhere}p,li{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600}.n{text-align:right}
figure{margin:1rem 0}figcaption{color:var(--soft)}
pre{background:var(--code);padding:.8rem 1rem;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
@media print{main{margin:0;max-width:none}h3,figure{break-inside:avoid}}
`.trim();
