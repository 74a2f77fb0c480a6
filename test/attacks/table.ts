import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** A test by its file, from the root of the repository, and its title as written there. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** An attack or a requirement, and the tests that carry its id. */
export interface Attack {
  readonly id: string;
  readonly what: string;
  /** Reason if it does not apply. */
  readonly reason: string | undefined;
  readonly tests: readonly NamedTest[];
}

/** The lists, in the order of the document. */
const GROUPS = ['advisories', 'standards', 'threats'] as const;

type Group = (typeof GROUPS)[number];

const HEADINGS: Readonly<Record<Group, string>> = {
  advisories: 'Published faults of others',
  standards: 'Requirements of standards',
  threats: 'Threats',
};

/** Folders whose tests carry ids in their titles. */
const FOLDERS = ['test/attacks', 'test/long/attacks'];

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Parses a list: `ID what`, then lines `+ file: title` for tests and `- reason` where it does not apply. */
export function parseList(text: string): readonly Attack[] {
  return text
    .split(/\n(?=[A-Z])/)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const [first = '', ...lines] = block.trim().split('\n');
      const space = first.indexOf(' ');
      return {
        id: first.slice(0, space),
        what: first.slice(space + 1),
        reason: lines.find((line) => line.startsWith('- '))?.slice(2),
        tests: lines
          .filter((line) => line.startsWith('+ '))
          .map((line) => {
            const colon = line.indexOf(': ');
            return { file: line.slice(2, colon), title: line.slice(colon + 2) };
          }),
      };
    });
}

/** Titles that begin with ids, as in `'A-01, S-JOSE-4: what is refused'`. */
const TITLE = /\(\s*(['`])((?:[A-Z][A-Za-z]*[A-Z0-9.-]*\d[\d.]*(?:, )?)+): (?:\\.|(?!\1).)+\1/g;

/** Returns the ids in the titles of a test file. */
export function idsOf(file: string, text: string): readonly { readonly id: string; readonly test: NamedTest }[] {
  return [...text.matchAll(TITLE)].flatMap(([found, , ids = '']) => {
    const title = found.slice(found.search(/['`]/) + 1, -1);
    return ids.split(', ').map((id) => ({ id, test: { file, title } }));
  });
}

function carried(): ReturnType<typeof idsOf> {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts')
      .sort()
      .flatMap((name) => idsOf(`${folder}/${name}`, read(`${folder}/${name}`))),
  );
}

/** Reads all ids with the tests that are listed for them, and those that carry them in their titles. */
export function readAttacks(): Readonly<Record<Group, readonly Attack[]>> {
  const found = carried();
  const listOf = (group: Group) =>
    parseList(read(`test/attacks/ids/${group}.txt`)).map((attack) => ({
      ...attack,
      tests: [...found.filter(({ id }) => id === attack.id).map(({ test }) => test), ...attack.tests],
    }));
  return { advisories: listOf('advisories'), standards: listOf('standards'), threats: listOf('threats') };
}

/** Returns ids in titles that no list has. */
export function unknownIds(known: readonly Attack[]): readonly string[] {
  const ids = new Set(known.map(({ id }) => id));
  return carried().flatMap(({ id, test }) => (ids.has(id) ? [] : [`${id} in ${test.file}`]));
}

/** True if a test file has a test, or a group of tests, with this title. */
export function hasTitle(text: string, title: string): boolean {
  const quoted = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\(\\s*(['"\`])${quoted}\\1\\s*,`).test(text);
}

/** Returns the tests of the lists that do not exist. */
export function missingTests(attacks: readonly Attack[]): readonly string[] {
  return attacks.flatMap(({ id, tests }) =>
    tests.filter(({ file, title }) => !hasTitle(read(file), title)).map(({ file, title }) => `${id} ${file}: ${title}`),
  );
}

type Result = 'tested' | 'does not apply' | 'untested';

export function resultOf({ reason, tests }: Attack): Result {
  if (tests.length > 0) return 'tested';
  return reason === undefined ? 'untested' : 'does not apply';
}

const shortName = (file: string) => file.replace(/^.*\/([^/]+\/[^/]+)\.test\.ts$/, '$1');

function row(attack: Attack): string {
  const { id, what, reason, tests } = attack;
  const result = resultOf(attack);
  const files = [...new Set(tests.map(({ file }) => file))].map((file) => `[${shortName(file)}](../${file})`);
  const shown = result === 'does not apply' ? `does not apply: ${reason}` : result;
  return `| ${id} | ${what.replaceAll('|', '\\|')} | ${shown} | ${files.join(', ')} |`;
}

const INTRODUCTION = `# Attacks and their tests

Every attack and requirement that we know of, and the tests that show how Flairgate answers it. The list is written by
a program from the names of the tests, and a test fails when it is out of date. What is defended, and what is left to
you, is in the [threat model](threat-model.md).

| id begins with | comes from |
| --- | --- |
| \`A\` to \`N\`, \`R\` | faults published about other software: keys and algorithms (\`A\`), claims (\`B\`), parsing (\`C\`), caches (\`D\`), privileges (\`E\`), proxies (\`F\`), limits (\`G\`), hidden content (\`H\`), injection (\`I\`), denial of service (\`J\`), races (\`K\`), the page (\`L\`), logs (\`M\`), hashes (\`N\`), dependencies (\`R\`) |
| \`S-…\` | a standard, by its number: an RFC, JOSE, JWT, its best practice (\`BCP\`), rate limit fields (\`RL\`), key derivation (\`KDF\`) |
| \`V…\`, \`API…\` | the OWASP verification standard 5.0 and the OWASP API Security Top 10 of 2023 |
| \`T-…\` | our own model of threats: credentials (\`C\`), keys (\`K\`), the exchange (\`X\`), tokens (\`J\`), caches (\`V\`), permissions (\`P\`), flairs (\`F\`), resources (\`R\`), organizations (\`T\`), ingestion (\`N\`), limits (\`L\`), denial of service (\`D\`), logs (\`G\`), the page (\`A\`), services (\`S\`), faults and options (\`O\`), the supply chain (\`U\`) |
`;

/** Prints docs/security.md. */
export function printTable(groups: ReturnType<typeof readAttacks>): string {
  const all = GROUPS.flatMap((group) => groups[group]);
  const named = (result: Result) => all.filter((attack) => resultOf(attack) === result).map(({ id }) => id);
  const untested = named('untested');
  const counts = `${all.length} ids: ${named('tested').length} tested, ${named('does not apply').length} do not apply, ${
    untested.length
  } untested${untested.length === 0 ? '' : ` (${untested.join(', ')})`}.`;
  const tables = GROUPS.map((group) => {
    const head = '| id | what | result | tests |\n| --- | --- | --- | --- |';
    return `## ${HEADINGS[group]}\n\n${head}\n${groups[group].map(row).join('\n')}\n`;
  });
  return [INTRODUCTION, `${counts}\n`, ...tables].join('\n');
}
