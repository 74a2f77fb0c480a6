/**
 * Descriptions of commands for the overview, by the first word of the command. They are stored here because the
 * overview loads no command.
 */
export const overview = {
  org: 'Organizations (tenants), which are isolated from each other.',
  user: 'People: create, deactivate and delete them, and change what they may do.',
  group: 'Groups of users, whose permissions their members have in organizations.',
  'api-user': 'Users for programs, each with one key.',
  policy: 'What groups may do with types of objects in an organization.',
  permission: 'Permissions that keys and users can have.',
  catalogue: 'Your own permissions, in place of the built-in ones.',
  audit: 'Who did what, and when.',
  usage: 'How often keys were used, and with which permissions.',
  key: 'API keys: create, list, rotate, disable, revoke and import them.',
  'master-key': 'The key that encrypts the secrets in the database.',
  setting: 'The issuer and audience that all processes on the database share.',
  'signing-key': 'The keys that sign tokens.',
  calibrate: 'Measure how many rounds of PBKDF2 fit a target time on this machine.',
  service: 'Keys of services that have no database of their own.',
  federation: 'Workloads without a key, such as CI jobs: tokens of their issuer are accepted.',
  adopt: 'Assign resources that are older than Flairgate to an organization, neither locked nor secret.',
  ownership: 'Ownership of resources behind a guard: who created them and who locks them.',
  rls: 'Print SQL that enforces the rules of a table in PostgreSQL; run it as the owner of the table.',
  completion: 'Print a script that completes commands and options: source <(flairgate completion bash)',
  config: 'The settings: the configuration file, completed by the environment.',
  doctor: 'Check the database, the row-level security of a table, or the token of an issuer, without changes.',
  migrate: 'Create the tables of the database, or update them to this version.',
  backup: 'Write a snapshot of the database to a file, without the master key. The service can keep running.',
  restore: 'Restore a backup. If the database can be read, later revocations are kept.',
  serve: 'Run the service until it receives SIGTERM or SIGINT.',
} as const satisfies Readonly<Record<string, string>>;

/** Returns the description for the first word of a command. Empty if the word is unknown. */
export function aboutWord(word: string): string {
  return new Map<string, string>(Object.entries(overview)).get(word) ?? '';
}
