import { memoryStore } from '@flairgate/core';
import { DEFAULT_CALLER_LIMITS } from '@flairgate/core/administration';
import { createGate } from '@flairgate/express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFERENCE, type Subject, subjects, type Tried } from './option-subjects.ts';
import { publicOptionTypes } from './public-options.ts';
import { bare, type DocumentedOption, declaredOptions, documentedOptions, readPage, rowsUnder } from './tables.ts';

/** Says of its misspelt options which one was meant; the client has no list of neighbours. */
const NAMES_THE_NEAREST = subjects.filter(
  ({ call, page }) => call !== undefined && page !== 'packages/client/README.md',
);

/** Pages that explain options without a table in {@link REFERENCE}, by type. */
const EXPLAINED: Readonly<Record<string, string>> = {
  GuardIdOptions: 'docs/guard.md',
  KyselyFilterOptions: 'docs/resources.md',
  KnexFilterOptions: 'docs/resources.md',
  PrismaUpdateOptions: 'docs/resources.md',
  MongodbUpdateOptions: 'docs/resources.md',
  RefusalOptions: 'docs/resources.md',
  FederationIssuerOptions: 'docs/configuration.md',
  RateLimitDefaults: 'docs/configuration.md',
  TestGateOptions: 'docs/guides/testing.md',
  TestKeyOptions: 'docs/guides/testing.md',
  TestUserKeyOptions: 'docs/guides/testing.md',
  TestUserOptions: 'docs/guides/testing.md',
};

/** Options of parts that the authors of stores and adapters use. The API reference, made of their comments, has them. */
const IN_THE_REFERENCE: readonly string[] = [
  'CatalogueClientOptions',
  'ChangeFeedOptions',
  'FairQueueOptions',
  'GuessQueueOptions',
  'HasherOptions',
  'JwksSourceOptions',
  'MemoryStoreOptions',
  'MintOptions',
  'MountOptions',
  'OwnIssuerOptions',
  'ReadCredentialOptions',
  'RespondOptions',
  'RouteOptions',
  'RowLevelSecurityOptions',
  'SigningRingOptions',
  'TokenMintOptions',
  'TokenVerifierOptions',
];

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
  const { name, declared, reference = REFERENCE } = subject;
  const documented = documentedOptions(reference, heading(name));

  it('the options in the documents are those of the code', () => {
    expect(compare(reference, subject).length).toBeGreaterThan(0);
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

const optionTypes = publicOptionTypes();

describe('the pages that have options', () => {
  it('every table of options in the configuration page is compared with the code', () => {
    const headings = [...readPage(REFERENCE).matchAll(/^### `([^`]+)`$/gm)].map(([, name]) => name);
    const compared = subjects.filter(({ reference }) => reference === undefined).map(({ name }) => name);
    expect(headings.toSorted()).toEqual(compared.toSorted());
  });

  it('every public type of options has a table, a page that explains it, or a place in the API reference', () => {
    const types = optionTypes.map(({ name }) => name);
    expect(types.length).toBeGreaterThan(50);
    const tables = subjects.flatMap(({ declared }) => declared.map(([, name]) => name));
    const known = new Set([...tables, ...Object.keys(EXPLAINED), ...IN_THE_REFERENCE]);
    expect(types.filter((name) => !known.has(name))).toEqual([]);
    expect(Object.keys(EXPLAINED).filter((name) => !types.includes(name))).toEqual([]);
    expect(IN_THE_REFERENCE.filter((name) => !types.includes(name))).toEqual([]);
  });

  it.each(Object.entries(EXPLAINED))('every option of %s is on the page that explains it, %s', (name, page) => {
    const found = optionTypes.filter((type) => type.name === name);
    const text = codeOf(readPage(page));
    for (const { file } of found) {
      const options = declaredOptions([[file, name]]).map((option) => option.name);
      expect(options.filter((option) => !new RegExp(`\\b${snakeOr(option)}\\b`).test(text))).toEqual([]);
    }
  });

  it.each(IN_THE_REFERENCE)('every option of %s has a comment for the API reference', (name) => {
    const found = optionTypes.filter((type) => type.name === name);
    const silent = found
      .flatMap(({ file }) => declaredOptions([[file, name]]))
      .filter(({ comment }) => comment.trim() === '');
    expect(silent.map((option) => option.name)).toEqual([]);
  });
});

/** Returns what a page writes as code: its blocks and what is between backticks. */
function codeOf(page: string): string {
  const blocks = page.match(/^```[\s\S]*?^```/gm) ?? [];
  return [...blocks, ...(page.replaceAll(/^```[\s\S]*?^```/gm, '').match(/`[^`\n]+`/g) ?? [])].join('\n');
}

/** An expression for the name of an option in code, or in the configuration file. */
function snakeOr(name: string): string {
  return `(?:${name}|${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)})`;
}

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
    documentedOptions(subject.reference ?? REFERENCE, heading(subject.name)).map((option) => ({
      subject,
      option: option.name,
    })),
  );

  it('an option of the documents is found in every table', () => {
    expect(known.length).toBeGreaterThan(100);
  });

  it.each(known)('$subject.name $option is the one a misspelt name leads to', async ({ subject, option }) => {
    const call = async () => subject.call?.({ [`${option}x`]: undefined }, tried);
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
