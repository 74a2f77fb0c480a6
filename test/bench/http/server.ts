import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { needed, permissions } from '../harness/fixture.js';
import { loadPeer } from '../harness/peers.js';
import { answer, path, type Served, type Variant } from './app.js';
import { floorApps } from './floor-apps.js';
import { ownApps } from './own-apps.js';

/** Message of this process when it listens. */
export interface Ready extends Omit<Served, 'createKeys' | 'remove'> {
  readonly port: number;
}

/**
 * Message to this process: return the CPU time used so far, in microseconds, or create keys at a rate per second (0
 * stops).
 */
export type Question = { readonly kind: 'cpu' } | { readonly kind: 'create-keys'; readonly perSecond: number };

/** Serves the variant this process was started for, until its parent goes. */
async function serve(name: string): Promise<void> {
  const variant = [...floorApps, ...ownApps].find((known) => known.name === name) ?? (await peerNamed(name));
  const app = express();
  const { createKeys, remove, ...served } = await variant.mount(app, { path, answer, needed, permissions });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let stop = () => {};
  process.on('message', (question: Question) => {
    if (question.kind === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
      return;
    }
    stop();
    if (question.perSecond > 0) stop = createKeys?.(question.perSecond) ?? stop;
    process.send?.(0);
  });
  process.on('disconnect', () => {
    stop();
    void (remove?.() ?? Promise.resolve()).finally(() => process.exit(0));
  });
  process.send?.({ ...served, port } satisfies Ready);
}

/** Loads the peers only for one of theirs: all of them together take longer than a round. */
async function peerNamed(name: string): Promise<Variant> {
  const { peerApps } = await loadPeer<{ peerApps: readonly Variant[] }>('apps.js');
  const variant = peerApps.find((known) => known.name === name);
  if (variant === undefined) throw new TypeError(`no variant is called ${name}`);
  return variant;
}

await serve(process.argv[2] ?? '');
