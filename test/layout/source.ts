/** One `import`, `export … from` or `import()` of a file. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

// In the order in which they are tried: comments, strings, templates, then a slash that can only begin a regular
// expression because a value cannot stand before it.
const tokens =
  /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(`(?:\\[\s\S]|[^`\\])*`)|((?<=(?:^|[(,=:[!&|?{};>+]|\breturn|\bcase)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*)/g;

/** Replaces every comment by blanks; lines keep their numbers. */
export function withoutComments(text: string): string {
  return text.replace(tokens, (all, comment: string | undefined) => (comment === undefined ? all : blank(all)));
}

/** Replaces comments, strings, template texts and regular expressions by blanks, so that only code is left. */
export function codeOnly(text: string): string {
  return text.replace(tokens, (all, _comment, _quoted, template: string | undefined) =>
    template === undefined ? blank(all) : blankTemplate(all),
  );
}

/** Finds what a file imports, and whether only types cross. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text);
  const statements = [...code.matchAll(/^[ \t]*(import|export)\b([^'"`;=()]*)['"]([^'"\n]+)['"]/gm)].filter(
    ([, word, clause = '']) => /\bfrom\s*$/.test(clause) || (word === 'import' && clause.trim() === ''),
  );
  const calls = code.matchAll(/(\btypeof\s+)?\bimport\(\s*['"]([^'"]+)['"]\s*\)(\.[A-Z])?/g);
  return [
    ...statements.map(([, , clause = '', specifier = '']) => ({ specifier, typeOnly: onlyTypes(clause) })),
    ...[...calls].map(([, type, specifier = '', member]) => ({
      specifier,
      typeOnly: type !== undefined || member !== undefined,
    })),
  ];
}

/** Says in which line of the text each match stands. */
export function linesMatching(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map((match) => text.slice(0, match.index).split('\n').length);
}

/** `import { type A }` without another name loads nothing we would call a dependency. */
function onlyTypes(clause: string): boolean {
  if (/^\s+type\s+[{*\w]/.test(clause) && !/^\s+type\s+from\b/.test(clause)) return true;
  const inside = /^\s*\{([^}]*)\}\s*from\s*$/.exec(clause)?.[1] ?? '';
  const names = inside.split(',').filter((name) => name.trim() !== '');
  return names.length > 0 && names.every((name) => name.trim().startsWith('type '));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function blankTemplate(text: string): string {
  return text
    .split(/(\$\{[^{}]*\})/)
    .map((part, index) => (index % 2 === 1 ? part : blank(part)))
    .join('');
}
