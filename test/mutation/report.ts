import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSurvivor, type Result, type Score, scoreOf } from './results.js';

/** Least share of mutants that a test must notice, in percent. */
const LEAST_PERCENT = 85;

const PAGE = join('docs', 'mutation.md');
const REASONS = join('test', 'mutation', 'reasons.json');
const BEGIN = '<!-- Written by `npx --yes pnpm@12 mutation`, from here to the end. -->\n';

/** By file, the reason why a mutant is left, by its name. */
type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Options of a report: `partial` if only some targets were run, so that the page is not written. */
export interface ReportOptions {
  readonly root: string;
  readonly partial: boolean;
}

/** Prints the score, writes the page of all targets, and returns the exit code of the run. */
export function report(results: readonly Result[], { root, partial }: ReportOptions): number {
  const reasons = JSON.parse(readFileSync(join(root, REASONS), 'utf8')) as Reasons;
  const total = scoreOf(results);
  const survivors = results.filter(isSurvivor);
  const unexplained = survivors.filter(({ file, name }) => reasons[file]?.[name] === undefined);
  for (const file of filesOf(results)) {
    print(`${percentOf(scoreOf(results.filter((result) => result.file === file))).padStart(6)}  ${file}`);
  }
  for (const { file, name, fate } of unexplained) print(`${fate}, without a reason: ${file}: ${name}`);
  for (const line of stale(reasons, survivors)) print(`a reason for what is no survivor: ${line}`);
  const { all, killed, endless, survived, unreached } = total;
  print(
    `score ${percentOf(total)} %: ${all} mutants, ${killed} killed, ${endless} endless, ${survived} survived, ${unreached} unreached`,
  );
  if (!partial) writePage(root, results, reasons);
  return total.percent >= LEAST_PERCENT && unexplained.length === 0 ? 0 : 1;
}

/** Reasons that no survivor needs. They fail nothing, as a survivor can depend on the version of Node. */
function stale(reasons: Reasons, survivors: readonly Result[]): readonly string[] {
  const known = new Set(survivors.map(({ file, name }) => `${file}: ${name}`));
  return Object.entries(reasons)
    .flatMap(([file, byName]) => Object.keys(byName).map((name) => `${file}: ${name}`))
    .filter((line) => !known.has(line));
}

function writePage(root: string, results: readonly Result[], reasons: Reasons): void {
  const path = join(root, PAGE);
  const page = readFileSync(path, 'utf8');
  const end = page.indexOf(BEGIN);
  if (end < 0) throw new Error(`${PAGE} must have the line ${BEGIN}`);
  writeFileSync(path, `${page.slice(0, end)}${BEGIN}\n${tableOf(results)}\n${survivorsOf(results, reasons)}`);
}

function tableOf(results: readonly Result[]): string {
  const row = (name: string, score: Score): string =>
    `| ${name} | ${score.all} | ${score.killed} | ${score.endless} | ${score.survived + score.unreached} | ${percentOf(score)} |\n`;
  const rows = filesOf(results).map((file) =>
    row(linkTo(file), scoreOf(results.filter((result) => result.file === file))),
  );
  const head =
    '## Score\n\n| file | mutants | killed | endless | left | score, % |\n| --- | --- | --- | --- | --- | --- |\n';
  return `${head}${rows.join('')}${row('all', scoreOf(results))}`;
}

function survivorsOf(results: readonly Result[], reasons: Reasons): string {
  const sections = filesOf(results).map((file) => {
    const left = results.filter((result) => result.file === file && isSurvivor(result));
    if (left.length === 0) return '';
    const rows = left.map(({ name }) => `| ${asCode(name)} | ${reasons[file]?.[name] ?? ''} |\n`);
    return `\n### ${file.replace(/^packages\//, '').replace('/src/', '/')}\n\n| change | why it is left |\n| --- | --- |\n${rows.join('')}`;
  });
  return `## Mutants that are left\n${sections.join('')}`;
}

function linkTo(file: string): string {
  return `[${file.replace(/^packages\//, '').replace('/src/', '/')}](../${file})`;
}

/** Marks the parts of a name as code; a backtick or a bar would end it. */
function asCode(name: string): string {
  const escaped = name.replaceAll('|', '\\|');
  return escaped.includes('`') ? `\`\` ${escaped} \`\`` : `\`${escaped}\``;
}

function filesOf(results: readonly Result[]): readonly string[] {
  return [...new Set(results.map(({ file }) => file))].sort();
}

function percentOf({ percent }: Score): string {
  return (Math.floor(percent * 10) / 10).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
