import { readFileSync } from 'node:fs';

const top = new URL('../../', import.meta.url);

/** A row of a table of options. */
export interface DocumentedOption {
  readonly name: string;
  readonly default: string;
}

/** An option as the declarations have it that a user's compiler reads. */
export interface DeclaredOption {
  readonly name: string;
  readonly optional: boolean;
  readonly comment: string;
}

export function readPage(path: string): string {
  return readFileSync(new URL(path, top), 'utf8');
}

/** The text under the heading that is, or ends with, this name; undefined where no heading does. */
export function sectionOf(page: string, heading: string): string | undefined {
  return readPage(page)
    .split(/^(?=#{2,4} )/m)
    .find((part) => part.startsWith('#') && part.split('\n', 1).join().endsWith(heading));
}

/** The rows of the first table under a heading, its head left out. */
export function rowsUnder(page: string, heading: string): readonly (readonly string[])[] {
  return tableUnder(page, heading).slice(2);
}

function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const lines = (sectionOf(page, heading) ?? '').split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  if (start < 0) return [];
  const after = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  return lines.slice(start, after < 0 ? undefined : after).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

export function documentedOptions(page: string, heading: string): readonly DocumentedOption[] {
  const [head = [], , ...rows] = tableUnder(page, heading);
  const place = head.indexOf('default');
  return rows.map((cells) => ({ name: bare(cells[0]), default: cells[place] ?? '' }));
}

export function bare(cell = ''): string {
  return cell.replaceAll('`', '');
}

/**
 * The members of a declaration, as the compiler prints it: members stand four spaces in, and it ends with the first
 * line that closes a brace and opens none.
 */
function membersOf(file: string, name: string): readonly DeclaredOption[] {
  const text = readPage(file);
  const start = text.search(new RegExp(`^(?:export |declare )*(?:interface|type|const) ${name}\\b`, 'm'));
  if (start < 0) throw new Error(`${file} declares no ${name}`);
  const declaration = text
    .slice(start)
    .split(/^[})]+;?$/m, 1)
    .join();
  const member = /(?:^ {4}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {4}readonly (\w+)(\??):/gm;
  return [...declaration.matchAll(member)].map(([, comment = '', option = '', mark]) => ({
    name: option,
    optional: mark === '?',
    comment,
  }));
}

/** The options of all these declarations together. One of several arms of a union is needed where every arm needs it. */
export function declaredOptions(
  sources: readonly (readonly [file: string, name: string])[],
): readonly DeclaredOption[] {
  const byName = new Map<string, DeclaredOption>();
  for (const member of sources.flatMap(([file, name]) => membersOf(file, name))) {
    const before = byName.get(member.name);
    byName.set(member.name, {
      name: member.name,
      optional: member.optional || before?.optional === true,
      comment: `${before?.comment ?? ''} ${member.comment}`,
    });
  }
  return [...byName.values()];
}
