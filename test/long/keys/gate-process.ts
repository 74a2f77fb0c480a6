import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCatalogue } from '@flairgate/core';
import {
  type AdministrationContext,
  type CreateKeyInput,
  createKey,
  createOrganization,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { done, operator } from '../../flow/running-service.ts';
import { openConnection } from './connection.ts';

const program = fileURLToPath(new URL('gate-process.mjs', import.meta.url));

/** A process with one route behind a gate (`/rules`), or without one. */
export interface Running {
  /** Sends a request on a connection that is kept and idle; gives its status. */
  get(path: string, key?: string): Promise<number>;
  /** Sends a request and gives a number of its JSON answer. */
  read(path: string, member: string): Promise<number>;
  /** The same process, by connections of its own. */
  beside(sockets: number): Running;
  stop(): void;
}

export interface GateFixture {
  readonly context: AdministrationContext;
  readonly oid: string;
  makeKey(name: string, more?: Partial<CreateKeyInput>): Promise<{ readonly text: string; readonly keyId: string }>;
  start(kind: 'gate' | 'bare', sockets: number): Promise<Running>;
  close(): Promise<void>;
}

/** A database in a folder of its own, with an organization. */
export async function openGateFixture(rounds = 30_000): Promise<GateFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-keys-'));
  const database = join(folder, 'flairgate.db');
  const file = join(folder, 'file');
  await writeFile(file, randomBytes(4096));
  const store = await sqliteStore({ file: database });
  const hasher = createHasher();
  const context: AdministrationContext = {
    store,
    catalogue: defaultCatalogue,
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg',
    hashSecret: (text) => hasher.hash(text, { scheme: 'pbkdf2-sha256', rounds }),
    readableIngestionKeys: false,
    committed: async () => undefined,
  };
  const { oid } = await done(createOrganization(context, operator, { name: 'Acme' }));
  const children: ChildProcess[] = [];
  return {
    context,
    oid,
    makeKey: (name, more = {}) =>
      done(
        createKey(context, operator, { owner: { kind: 'organization', oid }, name, permissions: ['dr.list'], ...more }),
      ),
    async start(kind, sockets) {
      const child = spawn(process.execPath, [program, kind, database, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const [line] = await once(child.stdout, 'data');
      return runningAt(Number(String(line)), sockets, child);
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function runningAt(port: number, sockets: number, child: ChildProcess): Running {
  const idle = Array.from({ length: sockets }, () => openConnection(port));
  const all = [...idle];
  const send = async (path: string, key?: string) => {
    const connection = idle.pop();
    if (connection === undefined) throw new Error('more requests at once than connections');
    try {
      return await connection.send(path, key);
    } finally {
      idle.push(connection);
    }
  };
  return {
    get: async (path, key) => (await send(path, key)).status,
    read: async (path, member) => Number(JSON.parse((await send(path)).text)[member]),
    beside: (more) => runningAt(port, more, child),
    stop() {
      for (const connection of all) connection.close();
      child.kill('SIGKILL');
    },
  };
}
