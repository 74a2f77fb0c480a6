import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { testGate } from '@flairgate/express/testing';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { type Caller, createCaller } from './caller.js';

/** Two processes on one database and one Redis. */
export interface ProcessesFixture {
  readonly plain: string;
  readonly bulk: string;
  readonly callers: readonly [Caller, Caller];
  /** Stops both, and fails unless both were well to the end. */
  stop(): Promise<void>;
}

export interface ProcessesOptions {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly rateLimit?: object;
  readonly failureLimit?: object;
}

export async function startProcesses(options: ProcessesOptions): Promise<ProcessesFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  const file = join(folder, 'test.db');
  const kit = await testGate({ store: await sqliteStore({ file, masterKey: Buffer.alloc(32, 7) }) });
  const [plain, bulk] = [await kit.key({ name: 'plain' }), await kit.key({ name: 'much[bulk]' })];
  await kit.close();
  const [a, b] = await Promise.all([startOne({ ...options, file }), startOne({ ...options, file })]);
  return {
    plain: plain.text,
    bulk: bulk.text,
    callers: [a.caller, b.caller],
    async stop() {
      const ends = await Promise.all([a.stop(), b.stop()]);
      await rm(folder, { recursive: true });
      if (ends.some((end) => end !== '0 ')) throw new Error(`a process did not end well: ${ends.join('; ')}`);
    },
  };
}

async function startOne(options: ProcessesOptions & { readonly file: string }) {
  const path = fileURLToPath(new URL('gate-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (part) => {
    errors += part;
  });
  const port = await firstLine(child, () => errors);
  const caller = createCaller(Number(port));
  return {
    caller,
    /** The exit code, and what it wrote on standard error. */
    async stop() {
      caller.close();
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      return `${child.exitCode} ${errors}`;
    },
  };
}

/** The first line a process prints; fails when it ends before. */
export async function firstLine(child: ChildProcess, errors: () => string): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(errors()))),
  ]);
  return String(line);
}
