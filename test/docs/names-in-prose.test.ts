import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { denialTable } from '@flairgate/core';
import { describe, expect, it } from 'vitest';
import { readFiles, sourceCode } from '../layout/tree.ts';
import { help, listCommands } from './command-help.ts';
import { routesOfService } from './service-routes.ts';
import { declaredOptions } from './tables.ts';
import { top } from './type-check.ts';

const folder = (name: string) => readdirSync(join(top, name));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'llms.txt',
  ...readdirSync(join(top, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...folder('packages').map((name) => `packages/${name}/README.md`),
  ...folder('examples').map((name) => `examples/${name}/README.md`),
];
const texts = new Map(pages.map((page) => [page, readFileSync(join(top, page), 'utf8')]));

const BLOCK = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Returns what a page writes as code: between backticks, and in blocks of these languages. */
function codeOf(page: string, languages: readonly string[] = []): readonly string[] {
  const blocks = [...page.matchAll(BLOCK)].flatMap(([, language = '', code = '']) =>
    languages.includes(language) ? code.replaceAll('\\\n', ' ').split('\n') : [],
  );
  const prose = page.replaceAll(BLOCK, '').replaceAll(/\n(?=\S)/g, ' ');
  return [...blocks, ...[...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)];
}

/** Lists `page: name` for each name on a page that is not known. */
function unknown(namesOf: (page: string) => readonly string[], isKnown: (name: string) => boolean): readonly string[] {
  return [...texts].flatMap(([page, text]) =>
    [...new Set(namesOf(text))].filter((name) => !isKnown(name)).map((name) => `${page}: ${name}`),
  );
}

/** Codes of the command line and of Node itself, which are not refusals. */
const OTHER_CODES = ['ERR_OPTION', 'ERR_USAGE', 'ERR_UNREACHABLE'];

/** Names of other programs, which the documents compare or explain. */
const OTHER_NAMES = new Set([
  // Node, Express, TypeScript, Jest
  ...['cpuUsage', 'handleUpgrade', 'moduleResolution'],
  // Hono
  ...['getConnInfo'],
  // express-jwt
  ...['credentialsRequired', 'UnauthorizedError', 'getToken'],
  // Microsoft Entra ID, Kubernetes
  ...['requestedAccessTokenVersion', 'preStop', 'terminationGracePeriodSeconds'],
]);

/** Code that ships and its tests, which a document can name. The tests of documents name what is wrong. */
const code = readFiles(sourceCode).filter(({ path }) => !path.startsWith('test/docs/'));

/** Routes that are not in the table of the service: those of `flairgate serve`, of clients, and of examples. */
const OTHER_ROUTES = [
  ...['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /', 'POST /'],
  ...['GET /:id', 'PUT /:id', 'PATCH /:id', 'DELETE /:id', 'GET /rules/:id'],
  ...['GET /records/:name', 'POST /v1/ingest/:oid', 'POST /api/v1/sessions/'],
  // Of the console, whose routes are in no table.
  ...['GET /console/session/start', 'GET /console/session/callback'],
  ...['POST /console/session/token', 'DELETE /console/session'],
];

const routes = await routesOfService();
const knownRoutes = new Set([...OTHER_ROUTES, ...routes.map(({ method, path }) => `${method} ${path}`)]);
const knownPaths = new Set([...knownRoutes].map((route) => route.replace(/^\w+ /, '')));

/** Routes as `METHOD /path`, without queries and the punctuation of a sentence. */
function routesIn(page: string): readonly string[] {
  return [...page.matchAll(/\b(GET|POST|PUT|PATCH|DELETE|HEAD) (\/[^\s`'",;)?]*)/g)].map(
    ([, method, path = '']) => `${method} ${path.length > 1 ? path.replace(/[.:]$/, '') : path}`,
  );
}

/** Paths below `/v1` and `/oauth` between backticks. A part that is an example, such as an id, is not compared. */
function pathsIn(page: string): readonly string[] {
  return codeOf(page).flatMap((code) => (/^\/(?:v1|oauth)\/[\w/:.-]+$/.test(code) ? [code] : []));
}

/** `flairgate` and words, but not the chart of that name, a variable in front of a program, or the word itself. */
const COMMAND = /(?<![\w@/.:=-])flairgate ((?!deploy\/|node |command\b)[a-z][^|;>&)#]*)/g;

interface Command {
  readonly name: string;
  readonly flags: readonly string[];
}

/** Commands as `noun verb` or `word`, with the flags after them. */
function commandsIn(page: string): readonly Command[] {
  return codeOf(page, ['sh', 'bash', '']).flatMap((line) =>
    [...line.matchAll(COMMAND)].map(([, words = '']) => {
      const [first = '', second = ''] = words.trim().split(/\s+/);
      const name = /^[a-z][a-z-]*$/.test(second) && !SINGLE.has(first) ? `${first} ${second}` : first;
      return { name, flags: [...words.matchAll(/(?<=\s)--[a-z][\w-]*/g)].map(([flag]) => flag) };
    }),
  );
}

/** Commands of one word. */
const SINGLE = new Set(['backup', 'calibrate', 'completion', 'doctor', 'migrate', 'restore', 'rls', 'serve', 'adopt']);

/** Returns those of the flags that the help of a command does not have. */
async function unknownFlags(name: string, flags: readonly string[]): Promise<readonly string[]> {
  if (flags.length === 0) return [];
  const known: readonly string[] = (await help(...name.split(' '))).match(/--[a-z][\w-]*/g) ?? [];
  return flags.filter((flag) => !known.includes(flag));
}

describe('what the documents name', () => {
  it('every code in the documents is one of the table', () => {
    const named = (page: string) => page.match(/\bERR_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
    expect(unknown(named, (code) => Object.hasOwn(denialTable, code) || OTHER_CODES.includes(code))).toEqual([]);
  });

  it('every name of code in the documents with a capital inside is in the code', () => {
    const words = new Set(code.flatMap(({ text }) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
    const named = (page: string) =>
      codeOf(page).flatMap((code) => (code.match(/[A-Za-z_$][\w$]*/g) ?? []).filter((name) => /[a-z][A-Z]/.test(name)));
    expect(words.size).toBeGreaterThan(5000);
    expect(unknown(named, (name) => words.has(name) || OTHER_NAMES.has(name))).toEqual([]);
  });

  it('every variable of the environment in the documents is known', () => {
    const declared = declaredOptions([['packages/cli/dist/environment.d.ts', 'variables']]).map(({ name }) => name);
    // Of examples and tests, and a service link of Kubernetes.
    const examples = ['FLAIRGATE_DATABASE', 'FLAIRGATE_SERVICE_KEY', 'FLAIRGATE_PORT'];
    const tests = ['FLAIRGATE_TEST_POSTGRES_URL', 'FLAIRGATE_TEST_REDIS_URL'];
    const known = new Set([...declared, ...declared.map((name) => `${name}_FILE`), ...examples, ...tests]);
    const named = (page: string) => page.match(/\bFLAIRGATE_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
    expect(unknown(named, (name) => known.has(name))).toEqual([]);
  });

  it('every route in the documents exists', () => {
    expect(unknown(routesIn, (route) => knownRoutes.has(route))).toEqual([]);
    expect(unknown(pathsIn, (path) => knownPaths.has(path))).toEqual([]);
  });

  it('every command in the documents exists, and takes the flags that it is shown with', async () => {
    const all = await listCommands();
    const shown = [...texts].flatMap(([page, text]) => commandsIn(text).map((command) => ({ page, ...command })));
    const wrong: string[] = [];
    for (const { page, name, flags } of shown) {
      if (!all.includes(name)) wrong.push(`${page}: flairgate ${name}`);
      else wrong.push(...(await unknownFlags(name, flags)).map((flag) => `${page}: ${name} ${flag}`));
    }
    expect(wrong).toEqual([]);
    expect(shown.length).toBeGreaterThan(60);
  });

  it('every message in the page about troubleshooting is one of the code', () => {
    const page = texts.get('docs/troubleshooting.md') ?? '';
    const quoted = [...page.matchAll(/^\| [^|]*?"([^"]+)"/gm)].map(([, message = '']) => message);
    expect(quoted.length).toBeGreaterThan(2);
    const isThere = (message: string) =>
      code.some(({ text }) => message.split('…').every((part) => text.includes(part.trim().replace(/^,\s*/, ''))));
    expect(quoted.filter((message) => !isThere(message))).toEqual(['Must use import to load ES Module']);
  });

  it('every table in the documents has as many cells in each row as in its head', () => {
    const uneven = [...texts].flatMap(([page, text]) =>
      text
        .replaceAll(BLOCK, '')
        .split('\n')
        .flatMap((line, at, lines) => {
          const before = lines[at - 1];
          const isRow = line.startsWith('|') && before?.startsWith('|') === true;
          return isRow && cellsOf(line) !== cellsOf(before) ? [`${page}: ${line}`] : [];
        }),
    );
    expect(uneven).toEqual([]);
  });
});

function cellsOf(line: string): number {
  return line.replaceAll('\\|', '').split('|').length;
}
