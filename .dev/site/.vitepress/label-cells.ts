import type { MarkdownRenderer } from 'vitepress';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/**
 * Adds the head of its column to each cell of a table, as `data-label`. A narrow screen shows each row as a list of
 * these labels and cells.
 */
export function labelCells(md: MarkdownRenderer): void {
  md.core.ruler.push('label_cells', ({ tokens }) => {
    let heads: string[] = [];
    let column = 0;
    for (const [at, token] of tokens.entries()) {
      if (token.type === 'table_open') heads = [];
      if (token.type === 'tr_open') column = 0;
      if (token.type === 'th_open') heads.push(textOf(tokens[at + 1]));
      if (token.type === 'td_open') {
        token.attrSet('data-label', heads[column] ?? '');
        column += 1;
      }
    }
  });
}

function textOf(token: Token | undefined): string {
  return (token?.children ?? []).map(({ content }) => content).join('');
}
