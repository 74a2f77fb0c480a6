import { Option } from 'commander';
import type { Command, CommandOption } from '../command.js';

/** Sample values for options in examples, by option name. */
const samples: Readonly<Record<string, string>> = {
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
  mayExchange: 'rules=dr.list',
  newKeyFile: 'new.master-key',
  issuer: 'https://token.actions.githubusercontent.com',
  audience: 'https://api.example.com',
  match: 'repository_id=74',
  ttlSeconds: '900',
  federation: 'S5ajyl48Le',
};

/** Sample values for single commands in which an option has a different meaning. */
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
  'ownership transfer': { to: 'IDENTITY' },
  rls: { role: 'service' },
  doctor: { role: 'service' },
};

/** Option used in the example of a command that requires one of several options. */
const soleOption: Readonly<Record<string, string>> = {
  'key create': 'org',
  'key list': 'org',
  'key update': 'org',
  'key rotate': 'org',
  'key revoke': 'org',
  'key disable': 'org',
  'key enable': 'org',
  'key import': 'lines',
  'user join': 'role',
  restore: 'from',
  'service create': 'org',
  'key explain': 'hash',
};

/** Options that must not be combined with others in an example. */
const apart = new Set(['textFile', 'user', 'allOrgs', 'confirm', 'finish', 'table', 'cursor', 'config', 'json']);

/** Returns the examples of a command's help. */
export function exampleText(command: Command): string {
  return ['Examples:', ...examplesOf(command).map((line) => `  ${line}`)].join('\n');
}

/** Returns two example calls of a command: one with only the required options, and one with more. */
export function examplesOf(command: Command): readonly [string, string] {
  const name = command.words.join(' ');
  const needed = command.options.filter((option) => option.required || attributeOf(option) === soleOption[name]);
  const more = command.options
    .filter((option) => !needed.includes(option) && !apart.has(attributeOf(option)))
    .slice(0, 2);
  const words = (command.arguments ?? []).map(({ name: word }) => ARGUMENTS[word] ?? '-');
  const least = ['flairgate', name, ...words, ...needed.map((option) => spelled(name, option))].join(' ');
  const added = more.length > 0 ? more.map((option) => spelled(name, option)) : ['--json'];
  return [least, [least, ...added].join(' ')];
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
