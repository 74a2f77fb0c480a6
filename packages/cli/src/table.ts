import CliTable from 'cli-table3';
import type { OutputTable, ProcessIo } from './command.js';

/** Border characters of a table, all empty, so that only spaces separate the columns. */
const PLAIN = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('middle')
    .map((side) => [side, '']),
);

/**
 * Returns a table as lines. At a terminal, the table has a header and aligned columns. In other output, there is no
 * header, and tabs separate the cells of each row.
 */
export function tableLines(
  { columns, rows, empty }: OutputTable,
  { isTerminal = false }: Pick<ProcessIo, 'isTerminal'>,
) {
  if (!isTerminal) return rows.map((row) => row.map(oneCell).join('\t'));
  if (rows.length === 0) return [empty];
  const table = new CliTable({
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    head: [...columns],
  });
  for (const row of rows) table.push(row.map(oneCell));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Replaces tabs and line breaks with spaces. Names cannot contain line breaks, but descriptions can. */
function oneCell(text: string): string {
  return text.replaceAll(/[\t\r\n]+/g, ' ');
}

/** Formats a Unix time in seconds for tables, as date and time in UTC. Formats null as a dash. */
export function dayOf(seconds: number | null): string {
  return seconds === null ? '-' : `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
