import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@flairgate/client';
import { memoryStore } from '@flairgate/core';
import { createKey } from '@flairgate/core/administration';
import { createService, openAdministration, serviceApp } from '@flairgate/server';
import { Option } from 'commander';
import {
  commands,
  createContext,
  examplesOf,
  loadCommands,
  readArguments,
  readEnvironment,
  readSettings,
} from 'flairgate/internal';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readsOf } from './reads-of.js';
import { splitLine } from './split-line.js';

const loaded = await loadCommands(commands, Object.keys(commands));
const named = loaded.map((command) => [command.words.join(' '), command] as const);
type Command = (typeof loaded)[number];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-options-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Names of the options and arguments of a command, as they reach its schema. */
function namesOf({ options, arguments: words = [] }: Command): readonly string[] {
  return [...options.map(({ flags }) => new Option(flags).attributeName()), ...words.map(({ name }) => name)];
}

/** Options that reach the schema of a command that does not declare them: where it runs, and how it prints. */
const UNDECLARED: Readonly<Record<string, readonly string[]>> = {
  serve: ['database', 'config', 'json'],
  rls: ['json'],
};

/** Options that are read before the command runs: the file, and the option without which `--from` is required. */
const READ_BEFORE = ['config', 'confirm'];

const io = { env: {}, out: () => undefined, note: () => undefined, input: async () => '' };

type Given = Readonly<Record<string, unknown>>;
type Place = 'local' | 'remote';

/** Runs a command in one place. Its outcome does not matter, only what it reads. */
async function runAt(place: Place, command: Command, options: Given): Promise<void> {
  if (command.kind === 'plain') {
    const settings = await readSettings(readEnvironment({ FLAIRGATE_DATA: folder }), undefined, () => undefined);
    await command.run(options, settings, io);
  }
  if (command.kind !== 'administration') return;
  const context = await createContext(await memoryStore(), { keyHash: { scheme: 'sha256', rounds: 1 } });
  const operator = openAdministration(context.store).asOperator('a test');
  const { oid } = await operator.createOrganization({ name: 'Acme', ownerEmail: 'ann@example.com' });
  if (place === 'local') await command.prepare(options)(context, io);
  else await runRemote(command, options.org === undefined ? options : { ...options, org: oid }, context);
}

/** Runs a command on a service, as the owner of the organization. */
async function runRemote(
  { runRemote: runOn }: Extract<Command, { kind: 'administration' }>,
  options: Given,
  context: Awaited<ReturnType<typeof createContext>>,
): Promise<void> {
  const { store } = context;
  const [ann] = await store.read((tx) => tx.find('user', {}));
  const owner = { kind: 'user', uid: ann?.uid ?? '' } as const;
  const made = await createKey(context, { kind: 'operator', name: 'a test' }, { owner, name: 'laptop' });
  if (!made.allowed) throw new Error(made.detail);
  const service = await createService({ store, issuer: 'http://127.0.0.1', audience: 'rules' });
  const server = serviceApp(service).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const credential = { kind: 'key', key: made.value.text } as const;
    await runOn?.(options, createClient({ url: `http://127.0.0.1:${port}`, credential }), io);
  } finally {
    server.close();
    await service.close();
  }
}

/** Runs the examples of a command in one place. Returns the options that no run has read. */
async function unreadAt(place: Place, command: Command): Promise<readonly string[]> {
  const reports: (readonly string[])[] = [];
  for (const line of examplesOf(command)) {
    const request = await readArguments(commands, '0', splitLine(line).slice(1));
    if (request.kind !== 'command') throw new Error(line);
    const reported = spyOn(command);
    await Promise.allSettled([runAt(place, command, inFolder(request.options))]);
    // On a database, the options are parsed twice, at first only to check them.
    reports.push(reported.unread.at(-1)?.() ?? ['never parsed']);
    reported.stop();
  }
  const [first = [], ...rest] = reports;
  return first.filter((name) => !READ_BEFORE.includes(name) && rest.every((report) => report.includes(name)));
}

/** Records what is read of the parsed options of a command. */
function spyOn({ input, words: [name] }: Command) {
  const { parse } = input;
  const unread: (() => readonly string[])[] = [];
  const spy = vi.spyOn(input, 'parse').mockImplementation((given) => {
    const all = Object.fromEntries(Object.keys(input.shape).map((member) => [member, undefined]));
    const reads = readsOf({ ...all, ...(parse(given) as object), ...(name === 'calibrate' ? QUICK : {}) });
    unread.push(reads.unread);
    return reads.spied as never;
  });
  return { unread, stop: () => spy.mockRestore() };
}

describe('the options of', { timeout: 120_000 }, () => {
  it.each(named)('the options of %s are those of its schema', (name, command) => {
    const members = Object.keys(command.input.shape);
    expect(members.toSorted()).toEqual([...namesOf(command), ...(UNDECLARED[name] ?? [])].toSorted());
    expect(command.input.safeParse({ unknown: true }).error?.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys', keys: ['unknown'] }),
    );
  });

  // `serve` passes its options on to the service, as they are, and `rls` reads them in one step.
  const onDatabase = named.filter(([name]) => name !== 'serve' && name !== 'rls');
  it.each(onDatabase)('the options of %s are all read', async (_, command) => {
    expect(await unreadAt('local', command)).toEqual([]);
  });

  const onService = named.filter(([, command]) => command.kind === 'administration' && command.runRemote !== undefined);
  it.each(onService)('the options of %s are all read with --url', async (_, command) => {
    expect(await unreadAt('remote', command)).toEqual([]);
  });
});

/** Options that name a file, which no test creates outside its folder. */
const FILES = ['to', 'from', 'database', 'newKeyFile', 'file', 'lines', 'tokenFile'];

function inFolder(options: Given): Given {
  const moved = Object.entries(options).filter(([name]) => FILES.includes(name));
  return { ...options, ...Object.fromEntries(moved.map(([name, file]) => [name, join(folder, String(file))])) };
}

/** Makes `calibrate` measure for a short time only. */
const QUICK = { target_milliseconds: '1' };
