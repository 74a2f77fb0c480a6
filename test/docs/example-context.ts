const core = "import('@flairgate/core')";
const administration = "import('@flairgate/core/administration')";
const storeEntry = "import('@flairgate/core/store')";
const rows = '{ findMany(query: { where: object }): Promise<unknown[]>; updateMany(change: object): Promise<Count> }';
const updateOne = '(filter: object, change: object) => Promise<{ matchedCount: number }>';

function value(type: string): (name: string) => string {
  return (name) => `declare const ${name}: ${type};`;
}

const text = value('string');

/** Lines that declare the names which examples of doc comments use and do not explain. */
type Declarations = Readonly<Record<string, (name: string) => string>>;

const common: Declarations = {
  Call: () => "import type { Call } from '@flairgate/server';",
  _id: text,
  actor: value(`${administration}.Actor`),
  app: value("import('express').Express"),
  audience: text,
  authenticator: value(`${core}.Authenticator`),
  caller: value(`${core}.RefusedCaller`),
  catalogue: value(`${core}.Catalogue`),
  child: text,
  client: value("ReturnType<typeof import('@flairgate/client').createClient>"),
  collection: value(`{ find(filter: object): unknown; updateOne: ${updateOne} }`),
  context: value(`${administration}.AdministrationContext`),
  count: value('number'),
  error: value('unknown'),
  exchangeContext: value(`${administration}.ExchangeContext`),
  expect: () => "import { expect } from 'vitest';",
  express: () => "import express from 'express';",
  federationContext: value(`${administration}.FederationContext`),
  file: value("import('node:fs/promises').FileHandle"),
  gate: value("import('@flairgate/express').Gate"),
  gid: text,
  gids: value('readonly string[]'),
  hash: text,
  id: text,
  identity: text,
  issuer: text,
  jsonChunks: value('() => AsyncIterable<string>'),
  key: text,
  keyId: text,
  knex: value("import('knex').Knex"),
  listRules: value("import('@flairgate/server').Route & import('express').RequestHandler"),
  logger: value('{ warn(text: string): void }'),
  masterKey: value('Uint8Array'),
  message: text,
  newText: text,
  oid: text,
  oldText: text,
  options: value("import('@flairgate/server').ServiceOptions"),
  pattern: text,
  principal: value(`${core}.Principal`),
  prisma: () => `type Count = { count: number };\ndeclare const prisma: { rule: ${rows} };`,
  randomBytes: () => "import { randomBytes } from 'node:crypto';",
  readLines: value('() => AsyncIterable<string>'),
  req: () => "import '@flairgate/express/req-auth';\ndeclare const req: import('express').Request;",
  request: () => "import request from 'supertest';",
  res: value("import('express').Response"),
  rules: () => `const rules = (await import('@flairgate/core/resources')).createResourceRules({
  type: 'rule', content: ['data'],
});`,
  rulesOf: value('(oid: string) => Promise<string[]>'),
  secret: text,
  service: value(`${core}.Principal`),
  serviceContext: value(`${administration}.ServiceAuthContext`),
  serviceKey: text,
  store: value(`${storeEntry}.Store`),
  subjectToken: text,
  table: value("'setting'"),
  text,
  token: text,
  tokens: value(`${core}.TokenOptions`),
  tx: value(`${storeEntry}.ReadTransaction`),
  uid: text,
  url: text,
  values: value('{ name: string }'),
  where: value("Partial<import('@flairgate/core/store').SettingRow>"),
  z: () => "import { z } from 'zod';",
};

const kysely = "import('kysely')";
const ruleTable = '{ rule: { id: string; name: string; data: string; locked_by: string | null } }';
const drizzleDatabase = "import('drizzle-orm/node-postgres').NodePgDatabase";

/** Names that mean something else in the examples of some files. */
const special: readonly (readonly [files: RegExp, declarations: Declarations])[] = [
  [
    /filters\/kysely\.ts$/,
    {
      db: value(`${kysely}.Kysely<${ruleTable}>`),
      query: value(`${kysely}.SelectQueryBuilder<${ruleTable}, 'rule', object>`),
    },
  ],
  [
    /filters\/drizzle\.ts$/,
    {
      db: value(drizzleDatabase),
      like: () => "import { like } from 'drizzle-orm';",
      query: value("{ where(condition: import('drizzle-orm').SQL): unknown }"),
      rule: () => `import { pgTable, text as column } from 'drizzle-orm/pg-core';
const names = { id: column(), name: column(), data: column() };
const rule = pgTable('rule', { ...names, created_by: column(), locked_by: column(), secret_to: column() });`,
      sql: () => "import { sql } from 'drizzle-orm';",
    },
  ],
  [/filters\/knex\.ts$/, { query: value("import('knex').Knex.QueryBuilder") }],
  [/filters\/memory\.ts$/, { rows: value('readonly { name: string }[]') }],
  [/visibility\/resources\.ts$/, { rows: value('readonly { name: string; data: string }[]') }],
  [/visibility\/rules\.ts$/, { db: value(`${kysely}.Kysely<${ruleTable}>`) }],
  [/visibility\/rls\//, { client: value("import('pg').Client") }],
  [/store\//, { rows: value(`${storeEntry}.RowStore`) }],
  [/keyring\/open-store\.ts$/, { myRowStore: value(`() => ${storeEntry}.RowStore`) }],
  [/signing-ring\.ts$|create-token-mint\.ts$/, { ring: value("import('@flairgate/core/tokens').SigningRing") }],
];

/** Returns the declaration of a name that the examples of a file use, or undefined if they must explain it. */
export function declarationOf(name: string, file: string): string | undefined {
  const own = special.find(([files, declarations]) => files.test(file) && Object.hasOwn(declarations, name));
  const declarations = own?.[1] ?? common;
  return Object.hasOwn(declarations, name) ? declarations[name]?.(name) : undefined;
}
