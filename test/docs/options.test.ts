import { createClient, createServiceFetch } from '@flairgate/client';
import { createAuthenticator, memoryStore } from '@flairgate/core';
import { DEFAULT_CALLER_LIMITS } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { createGate, type Gate, oidcIssuer } from '@flairgate/express';
import { createService } from '@flairgate/server';
import { postgresStore } from '@flairgate/stores/postgres';
import { redisLimits, redisWakeUps } from '@flairgate/stores/redis';
import { remoteStore } from '@flairgate/stores/remote';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bare, type DocumentedOption, declaredOptions, documentedOptions, rowsUnder } from './tables.ts';

const REFERENCE = 'docs/configuration.md';

/** Objects that the options are tried with. */
interface Tried {
  readonly store: Store;
  readonly gate: Gate;
}

interface Subject {
  /** The name in its heading. */
  readonly name: string;
  /** Declarations of its options. */
  readonly declared: readonly (readonly [file: string, name: string])[];
  /** Another page that has the table as well. */
  readonly page?: string;
  /** Calls it with these options, and with whatever else is needed to get as far as looking at them. */
  readonly call: (options: object, tried: Tried) => unknown;
}

const core = 'packages/core/dist/principal';
const express = 'packages/express/dist';
const stores = 'packages/stores/dist';
const authenticator = [`${core}/create-authenticator.d.ts`, 'AuthenticatorOptions'] as const;
const limits = `${express}/rate-limit/rate-limit-options.d.ts`;
const tokens = { issuer: 'https://auth.example', audience: 'rules' };
const masterKey = new Uint8Array(32);

/** Options are wrong on purpose here, so the compiler is told nothing of them. */
function loose<R>(make: (options: never) => R): (options: object) => R {
  return make as (options: object) => R;
}

const subjects: readonly Subject[] = [
  {
    name: 'sqliteStore',
    declared: [
      [`${stores}/sqlite/sqlite-store.d.ts`, 'SqliteStoreOptions'],
      [`${stores}/sqlite/sqlite-store.d.ts`, 'SqliteOptions'],
    ],
    page: 'packages/stores/README.md',
    call: (options) => loose(sqliteStore)(options),
  },
  {
    name: 'postgresStore',
    declared: [
      [`${stores}/postgres/postgres-store.d.ts`, 'PostgresStoreOptions'],
      [`${stores}/postgres/postgres-store.d.ts`, 'PostgresOptions'],
    ],
    page: 'packages/stores/README.md',
    call: (options) => loose(postgresStore)({ masterKey, ...('poolx' in options ? { pool: 0 } : {}), ...options }),
  },
  {
    name: 'remoteStore',
    declared: [[`${stores}/remote/remote-store.d.ts`, 'RemoteStoreOptions']],
    page: 'packages/stores/README.md',
    call: (options) => loose(remoteStore)(options),
  },
  {
    name: 'redisLimits',
    declared: [
      [`${stores}/redis/redis-limits.d.ts`, 'RedisLimitsOptions'],
      [`${stores}/redis/redis-limits.d.ts`, 'RedisLimitsCommon'],
    ],
    call: (options) => loose(redisLimits)({ ...('clientx' in options ? { client: 0 } : {}), ...options }),
  },
  {
    name: 'redisWakeUps',
    declared: [
      [`${stores}/redis/redis-wake-ups.d.ts`, 'RedisWakeUpsOptions'],
      [`${stores}/redis/redis-wake-ups.d.ts`, 'RedisWakeUpsCommon'],
    ],
    call: (options) => loose(redisWakeUps)({ ...('clientx' in options ? { client: 0 } : {}), ...options }),
  },
  {
    name: 'createAuthenticator',
    declared: [authenticator],
    page: 'packages/core/README.md',
    call: (options, { store }) => loose(createAuthenticator)({ store, ...options }),
  },
  {
    name: 'tokens',
    declared: [[`${core}/find-token.d.ts`, 'TokenOptions']],
    call: (options, { store }) => loose(createAuthenticator)({ store, tokens: { ...tokens, ...options } }),
  },
  {
    name: 'tokens.issuers',
    declared: [[`${core}/token/verifier-options.d.ts`, 'IssuerOptions']],
    call: (options, { store }) =>
      loose(createAuthenticator)({ store, tokens: { ...tokens, issuers: [{ ...tokens, ...options }] } }),
  },
  {
    name: 'oidcIssuer',
    declared: [[`${core}/token/issuer/oidc-issuer.d.ts`, 'OidcIssuerOptions']],
    call: (options) => loose(oidcIssuer)({ ...tokens, ...options }),
  },
  {
    name: 'createGate',
    declared: [
      authenticator,
      [`${express}/gate-options.d.ts`, 'GateOptions'],
      [`${express}/request/credential-options.d.ts`, 'CredentialOptions'],
    ],
    page: 'packages/express/README.md',
    call: (options, { store }) => loose(createGate)({ store, ...options }),
  },
  {
    name: 'gate.authenticate',
    declared: [
      [`${express}/request/authenticate.d.ts`, 'AuthenticateOptions'],
      [`${express}/request/credential-options.d.ts`, 'CredentialOptions'],
    ],
    call: (options, { gate }) => loose(gate.authenticate)(options),
  },
  {
    name: 'gate.requirePermissions',
    declared: [[`${express}/require-permissions.d.ts`, 'RequirementOptions']],
    call: (options, { gate }) => gate.requirePermissions('dr.list', options),
  },
  {
    name: 'gate.rateLimit',
    declared: [
      [limits, 'RateLimitSizes'],
      [limits, 'RateLimitOptions'],
    ],
    call: (options, { gate }) => loose(gate.rateLimit)(options),
  },
  {
    name: 'failureLimit',
    declared: [[`${express}/rate-limit/failure-limit.d.ts`, 'FailureLimitOptions']],
    call: (options, { store }) => loose(createGate)({ store, failureLimit: options }),
  },
  {
    name: 'gate.guard',
    declared: [[`${express}/guard/guard-options.d.ts`, 'GuardOptions']],
    call: (options, { gate }) => loose(gate.guard)(options),
  },
  {
    name: 'gate.errorHandler',
    declared: [[`${express}/denial/error-handler.d.ts`, 'ErrorHandlerOptions']],
    call: (options, { gate }) => loose(gate.errorHandler)(options),
  },
  {
    name: 'createService',
    declared: [['packages/server/dist/service-options.d.ts', 'ServiceOptions']],
    page: 'packages/server/README.md',
    call: (options, { store }) => loose(createService)({ store, ...tokens, ...options }),
  },
  {
    name: 'createClient',
    declared: [['packages/client/dist/client.d.ts', 'ClientOptions']],
    page: 'packages/client/README.md',
    call: (options) => loose(createClient)(options),
  },
  {
    name: 'createServiceFetch',
    declared: [['packages/client/dist/service-fetch.d.ts', 'ServiceFetchOptions']],
    page: 'packages/client/README.md',
    call: (options) => loose(createServiceFetch)(options),
  },
];

/** Says of its misspelt options which one was meant; the client has no list of neighbours. */
const NAMES_THE_NEAREST = subjects.filter(({ page }) => page !== 'packages/client/README.md');

const heading = (name: string) => `\`${name}\``;
const numbersIn = (text: string): readonly string[] =>
  text.replaceAll(/(?<=\d),(?=\d{3})/g, '').match(/\b\d+\b/g) ?? [];

function compare(page: string, { name, declared }: Subject): readonly DocumentedOption[] {
  const documented = documentedOptions(page, heading(name));
  const options = declaredOptions(declared);
  expect(documented.map((option) => option.name).sort()).toEqual(options.map((option) => option.name).sort());
  return documented;
}

describe.each(subjects)('the options of $name in the documents', (subject) => {
  const { name, declared } = subject;
  const documented = documentedOptions(REFERENCE, heading(name));

  it('the options in the documents are those of the code', () => {
    expect(compare(REFERENCE, subject).length).toBeGreaterThan(0);
  });

  it('the options in the documents say which are required', () => {
    const required = declaredOptions(declared).filter(({ optional }) => !optional);
    const said = documented.filter((option) => option.default.startsWith('required'));
    expect(said.map((option) => option.name).sort()).toEqual(required.map((option) => option.name).sort());
  });

  it('the options in the documents have the defaults that the code states', () => {
    const comments = new Map(declaredOptions(declared).map((option) => [option.name, numbersIn(option.comment)]));
    for (const option of documented) {
      const strange = numbersIn(option.default).filter(
        (number) => comments.get(option.name)?.includes(number) !== true,
      );
      expect(strange, option.name).toEqual([]);
    }
  });
});

describe('the options in the README of a package', () => {
  const twice = subjects.flatMap((subject) => (subject.page === undefined ? [] : [{ ...subject, page: subject.page }]));

  it.each(twice)(
    'the options of $name in the README of a package are those of the code, as in the reference',
    (subject) => {
      expect(compare(subject.page, subject)).toEqual(documentedOptions(REFERENCE, heading(subject.name)));
    },
  );
});

describe('an option of the documents', () => {
  let tried: Tried;

  beforeAll(async () => {
    const store = await memoryStore();
    tried = { store, gate: createGate({ store }) };
  });

  afterAll(async () => {
    await tried.gate.close();
    await tried.store.close();
  });

  const known = NAMES_THE_NEAREST.flatMap((subject) =>
    documentedOptions(REFERENCE, heading(subject.name)).map((option) => ({ subject, option: option.name })),
  );

  it('an option of the documents is found in every table', () => {
    expect(known.length).toBeGreaterThan(100);
  });

  it.each(known)('$subject.name $option is the one a misspelt name leads to', async ({ subject, option }) => {
    const call = async () => subject.call({ [`${option}x`]: undefined }, tried);
    await expect(call()).rejects.toThrow(`unknown option \`${option}x\`; did you mean \`${option}\`?`);
  });
});

describe('the configuration of the service in the documents', () => {
  it('the configuration of the service in the documents has every environment variable, and no other', () => {
    const declared = declaredOptions([['packages/cli/dist/environment.d.ts', 'variables']]);
    const documented = rowsUnder(REFERENCE, 'Environment').map(([name]) => bare(name));
    expect(documented).toEqual(declared.map(({ name }) => name));
    expect(documented.length).toBeGreaterThan(10);
  });

  it('the configuration of the service in the documents has every limit with its default, and no other', () => {
    const documented = documentedOptions(REFERENCE, 'Limits').map(({ name, default: said }) => [name, Number(said)]);
    expect(Object.fromEntries(documented)).toEqual(DEFAULT_CALLER_LIMITS);
  });
});
