import { Option } from 'commander';
import type { Command, CommandOption } from '../command.js';

/** Sample values for options in examples, by option name. */
const samples: Readonly<Record<string, string>> = {
  days: '90',
  unusedDays: '30',
  org: 'Acme',
  user: 'ann@example.com',
  gid: '9a1d3c2e-8b47-4f6a-b1c9-6e2d4f8a7b33',
  child: '1c2b3a4d-5e6f-4a7b-8c9d-0e1f2a3b4c55',
  email: 'ann@example.com',
  owner: 'ann@example.com',
  name: "'vendor[segment]'",
  permission: 'dr.list dr.set',
  hash: 'S5ajyl48Le',
  etag: '3',
  file: 'policy.json',
  to: 'backup.jsonl',
  from: 'backup.jsonl',
  database: 'flairgate.db',
  expires: '30d',
  range: '192.0.2.0/24',
  actor: '-',
  action: 'key.create',
  since: '2026-11-01T00:00:00Z',
  until: '2026-11-30T00:00:00Z',
  firstDay: '2026-11-01',
  lastDay: '2026-11-30',
  limit: '20',
  role: 'owner',
  table: 'rules',
  content: 'data',
  type: 'rule',
  id: 'rule-1',
  token: 'TOKEN',
  port: '8787',
  keyFormat: 'uuid',
  field: 'name',
  idColumn: 'rule_id',
  description: "'for the rules service'",
  location: 'eu',
  host: '0.0.0.0',
  olderThanDays: '90',
  hashFile: 'hash.txt',
  lines: 'keys.jsonl',
  overlapSeconds: '3600',
  newKeyFile: 'new.master-key',
  issuer: 'https://token.actions.githubusercontent.com',
  audience: 'https://api.example.com',
  match: 'repository_id=74',
  ttlSeconds: '900',
  federation: 'S5ajyl48Le',
  tokenFile: 'token.jwt',
  mayExchange: 'rules=dr.list',
};

/** Sample values for single commands. They are used in place of `samples` where an option has a special meaning. */
const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'org create': { name: 'Acme' },
  'audit export': { to: 'audit.jsonl', format: 'jsonl' },
  'org delete': { name: 'Acme' },
  'group create': { name: "'Night shift'" },
  'api-user create': { name: 'importer' },
  'policy show': { name: 'readers' },
  'policy put': { name: 'readers' },
  'policy delete': { name: 'readers' },
  'service create': { name: 'rules' },
  'user create': { type: 'api' },
  'api-user key': { user: 'UID' },
  'api-user end-key': { user: 'UID' },
  'user role': { role: 'Viewer' },
  'catalogue put': { file: 'permissions.yml' },
  'setting put': { issuer: 'https://auth.example.com' },
  'ownership transfer': { to: 'IDENTITY' },
  rls: { role: 'service' },
  doctor: { role: 'service' },
};

/** Optional options without which a command does nothing useful. Both examples of the command contain these options. */
const leastOptions: Readonly<Record<string, readonly string[]>> = {
  'key create': ['org', 'permission'],
  'key list': ['org'],
  'key update': ['org', 'expires'],
  'key rotate': ['org'],
  'key revoke': ['org'],
  'key disable': ['org'],
  'key enable': ['org'],
  'key import': ['lines'],
  'user join': ['role'],
  'group set-permissions': ['permission'],
  restore: ['from'],
  'service create': ['org'],
  'key explain': ['hash'],
  'key sees': ['hash'],
};

/**
 * Options that the second example of a command adds to the first example. Needed for commands whose first two optional
 * options, which are added by default, do not make a useful example.
 */
const addedOptions: Readonly<Record<string, readonly string[]>> = {
  'audit list': ['org', 'since'],
  'master-key rotate': ['finish'],
  doctor: ['issuer', 'tokenFile', 'audience'],
};

/** Options that the second example does not add by default, because many other options cannot be combined with them. */
const apart = new Set(['textFile', 'user', 'allOrgs', 'confirm', 'finish', 'table', 'cursor', 'config', 'json']);

/** Returns the examples in the help text of a command. */
export function exampleText(command: Command): string {
  return toText(examplesOf(command));
}

/**
 * Returns the examples in the help text of a noun, such as `key`: the first example of each of its first two commands.
 * If the noun has only one command, returns both examples of this command.
 */
export function nounExampleText(commands: readonly Command[]): string {
  return toText(
    commands.length === 1
      ? commands.flatMap(examplesOf)
      : commands.slice(0, 2).map((command) => examplesOf(command)[0]),
  );
}

/** Returns the examples in the overview of all commands. */
export function overviewExampleText(): string {
  return toText(['flairgate org create --name Acme', 'flairgate serve']);
}

/**
 * Maximum width of a line. Most terminals have this width, and so does the help text if standard output is not a
 * terminal.
 */
const WIDTH = 80;

function toText(lines: readonly string[]): string {
  return ['Examples:', ...lines.flatMap(folded)].join('\n');
}

/**
 * Splits a command line that is wider than {@link WIDTH} into several lines. Each line except the last ends with a
 * backslash. An option stays on the same line as its values.
 */
function folded(line: string): readonly string[] {
  const [first = '', ...words] = line.match(/--\S+(?: (?!--)(?:'[^']*'|\S+))*|'[^']*'|\S+/g) ?? [];
  const parts = [`  ${first}`];
  for (const word of words) {
    const last = parts.at(-1) ?? '';
    if (`${last} ${word} \\`.length <= WIDTH) parts[parts.length - 1] = `${last} ${word}`;
    else parts.push(`    ${word}`);
  }
  return parts.map((part, at) => (at === parts.length - 1 ? part : `${part} \\`));
}

/** Returns two example calls of a command: one with only the necessary options, and one with more options. */
export function examplesOf(command: Command): readonly [string, string] {
  const name = command.words.join(' ');
  const least = leastOptions[name] ?? [];
  const needed = command.options.filter((option) => option.required || least.includes(attributeOf(option)));
  const others = command.options.filter((option) => !needed.includes(option));
  const added = addedOptions[name];
  const more =
    added === undefined
      ? others.filter((option) => !apart.has(attributeOf(option))).slice(0, 2)
      : others.filter((option) => added.includes(attributeOf(option)));
  const words = (command.arguments ?? []).map(({ name: word }) => ARGUMENTS[word] ?? '-');
  const first = ['flairgate', name, ...words, ...needed.map((option) => spelled(name, option))].join(' ');
  const rest = more.length > 0 ? more.map((option) => spelled(name, option)) : ['--json'];
  return [first, [first, ...rest].join(' ')];
}

const ARGUMENTS: Readonly<Record<string, string>> = {
  shell: 'bash',
  hash_name: 'pbkdf2_sha256',
  target_milliseconds: '350',
  text: '-',
};

function attributeOf({ flags }: CommandOption): string {
  return new Option(flags).attributeName();
}

function spelled(name: string, option: CommandOption): string {
  const [flag = ''] = option.flags.split(' ', 1);
  if (!option.flags.includes('<')) return flag;
  const attribute = attributeOf(option);
  const value = own[name]?.[attribute] ?? option.choices?.[0] ?? samples[attribute] ?? 'TEXT';
  return `${flag} ${value.includes(' ') && !value.startsWith("'") && option.choices !== undefined ? `'${value}'` : value}`;
}
