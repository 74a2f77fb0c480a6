import { existsSync } from 'node:fs';
import { allow, OptionError, type Outcome } from '@flairgate/core';
import { PROVIDER_NAMES, type TokenFinding } from '@flairgate/core/tokens';
import { z } from 'zod';
import { type Answer, configOption, databaseOption, plain } from '../../command.js';
import { chooseDatabase, type Database } from '../../database.js';
import { examineDatabase } from '../../doctor/examine-database.js';
import { examineTable } from '../../doctor/examine-table.js';
import type { Finding } from '../../doctor/finding.js';
import { overview } from '../../help/overview.js';

const doctorInput = z
  .strictObject({
    database: z.string().optional(),
    config: z.string().optional(),
    table: z.string().optional(),
    role: z.string().optional(),
    content: z.array(z.string()).min(1).optional(),
    idColumn: z.string().optional(),
    issuer: z.string().optional(),
    tokenFile: z.string().optional(),
    audience: z.string().optional(),
    provider: z.enum(PROVIDER_NAMES).optional(),
    allowPrivateAddresses: z.boolean().optional(),
  })
  .refine(({ issuer, tokenFile }) => (issuer === undefined) === (tokenFile === undefined), {
    message: '--issuer and --token-file go together',
  })
  .refine(({ issuer, table }) => issuer === undefined || table === undefined, {
    message: 'give either --issuer or --table',
  })
  .refine((given) => given.issuer !== undefined || !isAboutToken(given), {
    message: '--audience, --provider and --allow-private-addresses need --issuer',
  })
  .refine(({ table, content }) => (table === undefined) === (content === undefined), {
    message: '--table and --content go together',
  })
  .refine(({ table, role, idColumn }) => table !== undefined || (role === undefined && idColumn === undefined), {
    message: '--role and --id-column need --table',
  });

interface TokenChoice {
  readonly audience?: string | undefined;
  readonly provider?: string | undefined;
  readonly allowPrivateAddresses?: boolean | undefined;
}

function isAboutToken({ audience, provider, allowPrivateAddresses }: TokenChoice): boolean {
  return (audience ?? provider ?? allowPrivateAddresses) !== undefined;
}

/** Checks of a database. The value is the text that is printed if the check finds no problem. */
const DATABASE_CHECKS: Readonly<Record<string, string>> = {
  files: 'only their owner can read the database and the master key',
  database: 'it opens with this master key, and its tables are of this version',
  revision: 'every change is counted',
  clock: 'it is not behind the newest change',
  owner: 'every organization has an active owner',
  policy: 'every policy is found by the groups it names',
  suspended: 'keys are not suspended by a restore',
};

/**
 * Returns the checks that apply to a database. The check of file permissions applies only if the database is an
 * existing file.
 */
function checksOf(database: Database): Readonly<Record<string, string>> {
  const hasFile = database.kind === 'sqlite' && existsSync(database.file);
  return hasFile
    ? DATABASE_CHECKS
    : Object.fromEntries(Object.entries(DATABASE_CHECKS).filter(([name]) => name !== 'files'));
}

const TABLE_CHECKS: Readonly<Record<string, string>> = {
  'row-level-security': 'nothing switches it off for this role',
  'organization-case': 'no organization is in capitals',
};

/** Checks of the content of a database. They are skipped if the database cannot be opened. */
const INSIDE = new Set(['revision', 'clock', 'owner', 'policy', 'suspended']);

function isOk(check: string, findings: readonly Finding[]): boolean {
  const isClosed = findings.some((finding) => finding.check === 'database');
  return !findings.some((finding) => finding.check === check) && !(isClosed && INSIDE.has(check));
}

function linesOf(check: string, fine: string, findings: readonly Finding[]): readonly string[] {
  if (isOk(check, findings)) return [`ok     ${check}: ${fine}`];
  return findings.filter((finding) => finding.check === check).map(({ text }) => `wrong  ${check}: ${text}`);
}

const TOKEN_CHECKS: Readonly<Record<TokenFinding['rule'], string>> = {
  form: 'it is a signed JWT',
  issuer: 'it is of this issuer',
  header: 'its header has what is allowed',
  claims: 'its audience, times and other claims are right',
  key: 'the issuer has its key',
  signature: 'it is signed by that key',
};

function tokenAnswer(findings: readonly TokenFinding[]): Outcome<Answer> {
  const isForm = findings.some(({ rule }) => rule === 'form');
  const unknown = isForm
    ? Object.keys(TOKEN_CHECKS).slice(1)
    : findings.some(({ rule }) => rule === 'key' || rule === 'header')
      ? ['signature']
      : [];
  const wrong = new Set<string>([...unknown, ...findings.map(({ rule }) => rule)]);
  const fine = Object.entries(TOKEN_CHECKS).filter(([rule]) => !wrong.has(rule));
  return allow({
    json: { findings: findings.map(({ rule: check, text }) => ({ check, text })), ok: fine.map(([rule]) => rule) },
    lines: [
      ...fine.map(([rule, text]) => `ok     ${rule}: ${text}`),
      ...findings.map(({ rule, text }) => `wrong  ${rule}: ${text}`),
    ],
    ...(findings.length > 0 ? { exit: 1 as const } : {}),
  });
}

/** Checks the database, a table or a token, and changes nothing. */
export const doctor = plain({
  words: ['doctor'],
  help: overview.doctor,
  options: [
    { flags: '--table <name>', help: 'check the row-level security of this table in place of the database' },
    { flags: '--role <name>', help: 'role the service connects as (default: the role of this connection)' },
    { flags: '--content <column...>', help: 'columns whose content is withheld if the row is secret' },
    { flags: '--id-column <column>', help: 'column of the id (default: id)' },
    { flags: '--issuer <url>', help: 'check a token of this issuer in place of the database' },
    { flags: '--token-file <file>', help: 'file with the token, which is not printed' },
    { flags: '--audience <text>', help: 'audience that the token must have (default: that of the configuration)' },
    { flags: '--provider <name>', help: 'known provider of the token', choices: PROVIDER_NAMES },
    { flags: '--allow-private-addresses', help: 'read keys from addresses that are not public' },
    databaseOption,
    configOption,
  ],
  input: doctorInput,
  async run({ database: named, table, role, content = [], idColumn, issuer, tokenFile, ...token }, settings) {
    if (issuer !== undefined && tokenFile !== undefined) {
      const { issuers = [] } = settings.configuration.service;
      const { examineTokenFile } = await import('../../doctor/token-issuer.js');
      return tokenAnswer(await examineTokenFile({ ...token, issuer, tokenFile }, issuers));
    }
    const database = chooseDatabase(named, settings);
    if (table !== undefined && database.kind !== 'postgres') {
      throw new OptionError("--table: row-level security is PostgreSQL's; give its database as postgres://...");
    }
    const findings =
      table !== undefined && database.kind === 'postgres'
        ? await examineTable(database.url, { table, role, content, idColumn })
        : await examineDatabase(database, settings, Date.now());
    const examined = table === undefined ? checksOf(database) : TABLE_CHECKS;
    return allow({
      json: { findings, ok: Object.keys(examined).filter((check) => isOk(check, findings)) },
      lines: Object.entries(examined).flatMap(([check, fine]) => linesOf(check, fine, findings)),
      ...(findings.length > 0 ? { exit: 1 as const } : {}),
    });
  },
});
