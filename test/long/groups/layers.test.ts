import { isDenial, type Outcome } from '@flairgate/core';
import {
  createGroup,
  createKey,
  createOrganization,
  createUser,
  joinUser,
  nestGroup,
  revokeKey,
} from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase } from '../../../packages/stores/test/databases.js';
import { countingStore } from '../../contract/counting-store.ts';
import { done, operator, type RunningService, runService } from '../../flow/running-service.ts';

const LEVELS = 16;
const WIDTH = 4;
const ROUNDS = 20;

/** Each group of a level inside each of the next, by the commands, as far as they let it. */
async function nestInLayers({ service }: RunningService, text: string): Promise<readonly string[]> {
  const { administration, gate } = service.context;
  const principal = await gate.authenticator.authenticate({ kind: 'api-key', text }, undefined);
  if (isDenial(principal)) throw new Error(`refused: ${principal.reason}`);
  const by = { kind: 'principal', principal, address: undefined } as const;
  const levels: string[][] = [];
  const refusals: Outcome<unknown>[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const gids: string[] = [];
    for (let at = 0; at < WIDTH; at++) {
      const { gid } = await done(createGroup(administration, by, { name: `${level} ${at}` }));
      gids.push(gid);
      for (const child of levels.at(-1) ?? []) {
        const nested = await nestGroup(administration, by, { gid, child });
        if (!nested.allowed) refusals.push(nested);
      }
    }
    levels.push(gids);
  }
  expect(refusals).toEqual([]);
  return levels.flat();
}

function median(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** Prints figures, and fails only where an answer is wrong: times are of the machine. */
describe.each(await kindsToTest(['sqlite', 'postgres']))('16 levels of 4 groups, on %s', (kind) => {
  test('16 levels of 4 groups cost little more than the groups there are', async () => {
    const database = await makeDatabase(kind);
    const { store, take } = countingStore(await database.open());
    const service = await runService(store as Store);
    const { administration } = service.service.context;
    const { uid } = await done(createUser(administration, operator, { email: 'layers@example.com' }));
    const { text } = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'k' }));
    const home = await done(createOrganization(administration, operator, { name: 'Home' }));
    await done(joinUser(administration, operator, { oid: home.oid, uid, permissions: [], role: 'owner' }));
    const gids = await nestInLayers(service, text);
    const headers = { 'x-api-key': text, 'content-type': 'application/x-www-form-urlencoded' };
    const add = (gid = '') =>
      service.send({
        method: 'POST',
        path: `/v1/groups/${gid}/users`,
        headers,
        body: 'member_email=layers@example.com',
      });
    expect((await add(gids[0])).status).toBe(200);
    const attach = { method: 'POST', path: `/v1/groups/${gids.at(-1)}/orgs`, headers, body: `oid=${home.oid}` };
    expect((await service.send(attach)).status).toBe(200);
    const { oid } = await done(createOrganization(administration, operator, { name: 'Other' }));
    const [who, write, revoke]: [number[], number[], number[]] = [[], [], []];
    let rows = '';
    for (let round = 0; round < ROUNDS; round++) {
      const owner = { kind: 'organization', oid } as const;
      const { keyId } = await done(createKey(administration, operator, { owner, name: `k${round}` }));
      const permissions = `perm=${round % 2 === 0 ? 'dr.list' : 'dr.set'}`;
      take();
      const writing = timed(async () => {
        const path = `/v1/groups/${gids.at(-1)}/permissions`;
        expect((await service.send({ method: 'POST', path, headers, body: permissions })).status).toBe(200);
      }).then((ms) => write.push(ms));
      const revoking = timed(() => done(revokeKey(administration, operator, { oid, keyId })));
      revoke.push(await revoking);
      await writing;
      const { readUnderLock, written } = take();
      who.push(
        await timed(async () =>
          expect((await service.send({ method: 'GET', path: '/v1/who', headers })).status).toBe(200),
        ),
      );
      const { read } = take();
      expect(read, 'the change makes the caller be read again').toBeGreaterThan(LEVELS * WIDTH);
      rows = `${read} rows for GET /v1/who, ${readUnderLock} read and ${written} written under the lock by both writes`;
    }
    process.stdout.write(
      `${kind}: ${rows}; median ms: who ${median(who)}, permissions ${median(write)}, another's revocation meanwhile ${median(revoke)}\n`,
    );
    await service.close();
    await database.remove();
  });
});
