import type { Block } from './document.ts';
import { visible } from './visible.ts';

/** GitHub-flavoured Markdown. Every name is escaped: nothing in the database can become markup or HTML. */
export function renderMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(renderBlock).join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escape(block.text)}`;
    case 'text':
      return escape(block.text);
    case 'list':
      return block.items.map((item) => `- ${escape(item)}`).join('\n');
    case 'table':
      return renderTable(block);
    case 'code':
      return `${escape(block.label)}:\n\n${fence(block.text, block.language)}`;
    case 'sql':
      return `${escape(block.label)}:\n\n${fence(block.statements.map((s) => `${s};`).join('\n'))}`;
  }
}

function renderTable({ columns, rows }: Extract<Block, { type: 'table' }>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map((c) => escape(c.label))),
    line(columns.map((c) => (c.isNumeric ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(escape))),
  ].join('\n');
}

function escape(text: string): string {
  return visible(text)
    .replaceAll(/[\\`*_{}[\]<>#|~!&]/g, '\\$&')
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, '$1\\$2');
}

/** The fence is longer than any run of backticks inside. */
function fence(code: string, language = 'sql'): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${visible(code, { keepLineBreaks: true })}\n${ticks}`;
}
