import { createHash } from 'node:crypto';
import { type Backup, backUp, confirmRestore, openBackup, restore } from '@flairgate/core/administration';
import { memoryRowStore } from '@flairgate/core/internal';
import { openStore, type Store } from '@flairgate/core/store';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertUntil } from './assert-until.js';
import { must, OPERATOR, openAdministrationFixture, refusal } from './fixture.js';
import { createOrganizationsFixture, type OrganizationsFixture } from './organizations-fixture.js';
import {
  aCommand,
  type Command,
  commands,
  freshPowers,
  type Powers,
  perform,
  type Run,
  readPowers,
} from './random-commands.js';

let world: OrganizationsFixture;

beforeAll(async () => {
  world = await createOrganizationsFixture();
});

/** The lines of a backup. */
async function backedUp(store: Store): Promise<readonly string[]> {
  const lines: string[] = [];
  await backUp(store, 0, async (line) => void lines.push(line));
  return lines;
}

function opened(lines: readonly string[], masterKey = world.masterKey): Promise<Backup> {
  return openBackup(async function* () {
    yield* lines;
  }, masterKey);
}

async function startRun(): Promise<Run> {
  const setting = await world.open();
  const holders = [...world.holders];
  return { world, setting, holders, gids: [...world.gids], powers: await readPowers({ world, setting, holders }) };
}

/** Returns the rights after the restore that are not within `limit`. */
function beyond(after: ReadonlyMap<string, Powers>, limit: ReadonlyMap<string, Powers>): readonly string[] {
  return [...after].flatMap(([text, powers]) =>
    [...powers].flatMap(([oid, held]) => [...held].filter((word) => !limit.get(text)?.get(oid)?.has(word))),
  );
}

async function give(run: Run, command: Command, worked: Set<string>): Promise<void> {
  // The operator may do anything, so that most commands do something.
  const performed = await perform(run, command, OPERATOR);
  if (performed === undefined) return;
  worked.add(performed.name);
  if (performed.text !== undefined) run.holders.push({ name: performed.name, text: performed.text });
}

const RUNS = 150;

describe('a restore over the database that was backed up', () => {
  it('a restore over the backed-up database gives no caller what was ended since, nor what they had not then', {
    timeout: 300_000,
  }, async () => {
    const worked = new Set<string>();
    let ended = 0;
    let given = 0;
    const idle = () => Object.keys(commands).filter((name) => !worked.has(name) && !OF_A_PERSON.has(name));
    await assertUntil(
      fc.asyncProperty(fc.array(aCommand, { minLength: 6, maxLength: 14 }), fc.nat(4), async (sequence, start) => {
        const run = await startRun();
        try {
          for (const command of sequence.slice(0, start)) await give(run, command, worked);
          const lines = await backedUp(run.setting.store);
          const then = await freshPowers(run);
          for (const command of sequence.slice(start)) await give(run, command, worked);
          const now = await freshPowers(run);
          const restored = await restore(run.setting.context, await opened(lines), { operator: 'test' });
          expect(restored.kind).toBe('merged');
          const after = await freshPowers(run);
          expect(beyond(after, now)).toEqual([]);
          expect(beyond(after, then)).toEqual([]);
          // The process that was running all the while sees the same.
          expect(await readPowers(run)).toEqual(after);
          ended += beyond(then, now).length;
          given += beyond(now, then).length;
        } finally {
          run.setting.authenticator.close();
        }
      }),
      RUNS,
      () => idle().length === 0,
    );
    expect(idle()).toEqual([]);
    expect([ended > 2 * RUNS, given > 2 * RUNS]).toEqual([true, true]);
  });

  it('a restore over the database that was backed up changes nothing where nothing was changed since', async () => {
    const run = await startRun();
    const lines = await backedUp(run.setting.store);
    const before = await freshPowers(run);
    const restored = await restore(run.setting.context, await opened(lines), { operator: 'test' });
    expect(restored).toEqual({ kind: 'merged', removed: 0, narrowed: 0, keysWithoutSecret: 0 });
    expect(await freshPowers(run)).toEqual(before);
    expect(before.size).toBe(world.holders.length);
    run.setting.authenticator.close();
  });
});

/** Commands on a person's own things, which the operator has none of. */
const OF_A_PERSON: ReadonlySet<string> = new Set(['userKey', 'group', 'rotateOwn']);

describe('a restore into an empty database', () => {
  it('a restore into an empty database refuses every key until it is confirmed, and then takes them as they were', async () => {
    const run = await startRun();
    const lines = await backedUp(run.setting.store);
    const before = await freshPowers(run);
    const empty = await openAdministrationFixture(await openStore(memoryRowStore(), world.masterKey));
    const restored = await restore(empty.context, await opened(lines), { operator: 'test' });
    expect(restored).toEqual({ kind: 'replaced', rows: lines.length - 2 });
    // Its key material was replaced too: a process that starts on it finds that.
    const setting = await openAdministrationFixture(await openStore(empty.store, world.masterKey));
    expect((await readPowers({ ...run, setting })).size).toBe(0);
    must(await confirmRestore(setting.context, 'test'));
    expect(await readPowers({ ...run, setting })).toEqual(before);
    expect(refusal(await confirmRestore(setting.context, 'test'))).toBe('ERR_NOT_FOUND');
    for (const one of [run.setting, empty, setting]) one.authenticator.close();
  });

  it('a restore into an empty database is refused where the database holds another history, unless that is dropped', async () => {
    const run = await startRun();
    const lines = await backedUp(run.setting.store);
    const other = await createOrganizationsFixture();
    const setting = await openAdministrationFixture(await openStore(await other.rows(), other.masterKey));
    const before = await backedUp(setting.store);
    const backup = await opened(lines);
    await expect(restore(setting.context, backup, { operator: 'test' })).rejects.toThrow(
      /must be empty or share the history/,
    );
    expect((await backedUp(setting.store)).slice(0, -1)).toEqual(before.slice(0, -1));
    const restored = await restore(setting.context, backup, { operator: 'test', replace: true });
    expect(restored.kind).toBe('replaced');
    for (const one of [run.setting, setting]) one.authenticator.close();
  });
});

describe('a restore that replaces', () => {
  it('a restore that replaces brings back what was ended, suspended, and keeps the records of what was done', async () => {
    const run = await startRun();
    const { setting } = run;
    const lines = await backedUp(setting.store);
    for (const oid of world.oids) await commands.deleteOrganization?.(run, OPERATOR, () => oid as never);
    const records = await setting.store.read((tx) => tx.find('audit', {}));
    await restore(setting.context, await opened(lines), { operator: 'test', replace: true });
    expect((await readPowers(run)).size).toBe(0);
    const kept = await setting.store.read((tx) => tx.find('audit', {}));
    expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining(records.map(({ id }) => id)));
    expect(kept.map(({ action }) => action)).toContain('database.restore');
    must(await confirmRestore(setting.context, 'test'));
    expect((await readPowers(run)).size).toBe(world.holders.length);
    setting.authenticator.close();
  });

  it('a restore that replaces brings back no signing key: one of them may have been stolen and retired since', async () => {
    const run = await startRun();
    const { store } = run.setting;
    const stolen = {
      kid: 'stolen',
      algorithm: 'ES256',
      publicJwk: {},
      sealed: 'x',
      createdAt: 0,
      activeFrom: 0,
    } as const;
    await store.write((tx) => tx.insert('signingKey', { ...stolen, retiredAt: null }));
    const lines = await backedUp(store);
    await store.write((tx) => tx.update('signingKey', { kid: 'stolen' }, { retiredAt: 1 }));
    await restore(run.setting.context, await opened(lines), { operator: 'test', replace: true });
    expect(await store.read((tx) => tx.find('signingKey', {}))).toEqual([{ ...stolen, retiredAt: 1 }]);
    run.setting.authenticator.close();
  });
});

describe('openBackup', () => {
  const kinds: readonly (readonly [string, (lines: readonly string[]) => readonly string[], RegExp])[] = [
    ['that is not a backup', () => ['hello'], /must be a backup of Flairgate/],
    ['that is empty', () => [], /must be a backup of Flairgate/],
    ['of another program', () => ['{"flairgate":"other"}'], /must be a backup of Flairgate/],
    ['without its end', (lines) => lines.slice(0, -1), /its end is missing/],
    ['with a missing row', (lines) => [...lines.slice(0, -2), lines.at(-1) ?? ''], /rows are missing/],
    ['with another row', (lines) => lines.map((line) => line.replace('"first"', '"other"')), /do not match its seal/],
    ['with another time', (lines) => lines.map((line) => line.replace('"at":0}', '"at":1}')), /do not match its seal/],
    ['with lines after its end', (lines) => [...lines, lines[1] ?? ''], /follow its end/],
    ['cut in the middle of a line', (lines) => [...lines.slice(0, 4), (lines[4] ?? '').slice(0, 9)], /is not JSON/],
    ['with an unknown table', (lines) => [lines[0] ?? '', '["__proto__",{}]', ...lines.slice(1)], /is not a row/],
    [
      'of a newer version',
      (lines) => [(lines[0] ?? '').replace('"format":6', '"format":7'), ...lines.slice(1)],
      /format 7, which must be at most 6/,
    ],
  ];

  it.each(kinds)('openBackup refuses a file %s', async (_, spoil, message) => {
    const run = await startRun();
    const lines = await backedUp(run.setting.store);
    await expect(opened(lines)).resolves.toBeDefined();
    expect(spoil(lines)).not.toEqual(lines);
    await expect(opened(spoil(lines))).rejects.toThrow(message);
    run.setting.authenticator.close();
  });

  it('organizations of an older backup have no description', async () => {
    const run = await startRun();
    const { material } = run.setting.store;
    const lines = (await backedUp(run.setting.store)).slice(0, -1).map((line, at) => {
      if (at === 0) return line.replace('"format":6', '"format":4');
      const [table, { description: _, ...older }] = JSON.parse(line);
      return table === 'organization' ? JSON.stringify([table, older]) : line;
    });
    const digest = createHash('sha256').update(lines.map((line) => `${line}\n`).join(''));
    const end = { rows: lines.length - 1, seal: material.seal(digest.digest(), 'backup') };
    const described: unknown[] = [];
    for await (const { table, row } of (await opened([...lines, JSON.stringify(end)])).rows()) {
      if (table === 'organization') described.push(row.description);
    }
    expect(new Set(described)).toEqual(new Set([null]));
    run.setting.authenticator.close();
  });

  it('openBackup refuses a backup made with another master key', async () => {
    const run = await startRun();
    const lines = await backedUp(run.setting.store);
    await expect(opened(lines, Buffer.alloc(32, 9))).rejects.toThrow(/must be the master key/);
    run.setting.authenticator.close();
  });

  it('a backup that is changed between the check and the restore changes nothing', async () => {
    const run = await startRun();
    const { store, context } = run.setting;
    const lines = await backedUp(store);
    let reads = 0;
    const backup = await openBackup(async function* () {
      reads += 1;
      yield* reads === 1 ? lines : lines.map((line) => line.replace('"first"', '"other"'));
    }, world.masterKey);
    for (const replace of [false, true]) {
      await expect(restore(context, backup, { operator: 'test', replace })).rejects.toThrow(/changed while/);
      expect((await backedUp(store)).slice(0, -1)).toEqual(lines.slice(0, -1));
    }
    run.setting.authenticator.close();
  });
});
