import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { defaultCatalogue } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, expect, it } from 'vitest';
import { service } from './dying-service.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 100);
const place = await mkdtemp(join(tmpdir(), 'flairgate-guard-'));
afterAll(() => rm(place, { recursive: true }));

async function keys(file: string): Promise<Readonly<Record<'plain' | 'strict', string>>> {
  const store = await sqliteStore({ file });
  const hasher = createHasher();
  const context = {
    store,
    catalogue: defaultCatalogue,
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg' as const,
    hashSecret: (text: string) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
    readableIngestionKeys: false,
    committed: async () => undefined,
  };
  const operator = { kind: 'operator', name: 'test' } as const;
  const made = await createOrganization(context, operator, { name: 'org' });
  if (!made.allowed) throw new Error(made.reason);
  const key = async (name: string) => {
    const created = await createKey(context, operator, {
      owner: { kind: 'organization', oid: made.value.oid },
      name,
      permissions: [],
      ranges: [],
    });
    if (!created.allowed) throw new Error(created.reason);
    return created.value.text;
  };
  const both = { plain: await key('plain'), strict: await key('vendor[secret][lock]') };
  await store.close();
  return both;
}

function ask(port: number, key: string, method: string, path: string, body?: object): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  return fetch(`http://127.0.0.1:${port}/rules${path}`, { method, headers, ...sent });
}

/**
 * Writes of the strict key during which its service is killed. Each returns the id of the resource, or undefined if the
 * service chooses it.
 */
const DEEDS: readonly ((port: number, key: string, id: string) => Promise<unknown>)[] = [
  (port, key, id) => ask(port, key, 'POST', '', { id, data: 'MARKED' }),
  (port, key) => ask(port, key, 'POST', '', { data: 'MARKED' }),
  (port, key, id) => ask(port, key, 'POST', `/old-${id}/rename`, { to: id }),
  (port, key, id) => ask(port, key, 'PATCH', `/free-${id}`, { name: 'held' }),
];

it(`after ${ROUNDS} kill -9 between handler and ownership nothing secret or locked is open`, async () => {
  const file = join(place, 'flairgate.db');
  const folder = join(place, 'rules');
  await mkdir(folder);
  const { plain, strict } = await keys(file);
  const program = fileURLToPath(new URL('dying-service.mjs', import.meta.url));
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = `r${round}`;
    const before = await service({ file, folder, die: () => undefined });
    expect((await ask(before.port, strict, 'POST', '', { id: `old-${id}`, data: 'MARKED' })).status).toBe(201);
    const open = await ask(before.port, plain, 'POST', '', { id: `free-${id}`, name: 'free', data: 'open' });
    expect(open.status).toBe(201);
    await before.close();
    // 0: dies in the handler; more: while the guard writes down what was done.
    const turns = String(Math.floor(round / DEEDS.length) % 8);
    const child = spawn(process.execPath, [program, 'run', file, folder, turns], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    const [line] = await once(createInterface(child.stdout), 'line');
    await DEEDS[round % DEEDS.length]?.(Number(line), strict, id).catch(() => undefined);
    await gone;
    expect(child.signalCode).toBe('SIGKILL');
    await expectClosed({ file, folder, plain, strict });
  }
});

interface GuardFixture {
  readonly file: string;
  readonly folder: string;
  readonly plain: string;
  readonly strict: string;
}

/** Everything with secret content is opaque to the plain key, and everything the strict key has touched is locked for it. */
async function expectClosed({ file, folder, plain }: GuardFixture): Promise<void> {
  const after = await service({ file, folder, die: () => undefined });
  for (const pass of ['while the dead one is not known as dead', 'later']) {
    for (const name of (await readdir(folder)).filter((each) => /^(old|made|r\d|free)/.test(each)).slice(-40)) {
      const id = name.replace(/\.json.*$/, '');
      const read = await ask(after.port, plain, 'GET', `/${id}`);
      expect(await read.text(), `${id}, ${pass}`).not.toContain('MARKED');
    }
    await new Promise((done) => setTimeout(done, pass === 'later' ? 0 : 350));
  }
  for (const name of (await readdir(folder)).slice(-6)) {
    const id = name.replace(/\.json.*$/, '');
    const held = (await (await ask(after.port, plain, 'GET', `/${id}`)).json()) as { name?: string };
    const written = await ask(after.port, plain, 'PATCH', `/${id}`, { name: 'taken' });
    if (id.startsWith('free') && held.name !== 'held') continue;
    expect(written.status, id).toBe(403);
  }
  await after.close();
}
