import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { memoryStore } from '@flairgate/core';
import type { Store, WriteTransaction } from '@flairgate/core/store';
import type { FaultEvent } from '@flairgate/express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  managing,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

let bench: ServiceFixture;
const events: FaultEvent[] = [];
const hear = (event: unknown) => void events.push(event as FaultEvent);
beforeEach(() => {
  events.length = 0;
  subscribe('flairgate:fault', hear);
});
afterEach(async () => {
  unsubscribe('flairgate:fault', hear);
  await bench.close();
});

/** A store of which the nth call from now fails, with an error that is none of Flairgate's. */
async function failingStore() {
  const store = await memoryStore();
  let countdown = Number.POSITIVE_INFINITY;
  const call = async <R>(run: () => Promise<R>): Promise<R> => {
    countdown -= 1;
    if (countdown === 0) throw Object.assign(new Error('password=MARKED'), { code: 'SQLITE_FULL' });
    return run();
  };
  const reads = (tx: WriteTransaction) => ({
    get: ((table, key) => call(() => tx.get(table, key))) as WriteTransaction['get'],
    find: ((table, where, page) => call(() => tx.find(table, where, page))) as WriteTransaction['find'],
    findIn: ((table, column, values, limit) =>
      call(() => tx.findIn(table, column, values, limit))) as WriteTransaction['findIn'],
    findPolicies: ((oids, gids) => call(() => tx.findPolicies(oids, gids))) as WriteTransaction['findPolicies'],
    findPolicyOrganizations: ((oids, gids) =>
      call(() => tx.findPolicyOrganizations(oids, gids))) as WriteTransaction['findPolicyOrganizations'],
  });
  const failing: Store = {
    ...store,
    read: (work) => call(() => store.read((tx) => work(reads(tx as WriteTransaction)))),
    write: (work) =>
      call(() =>
        store.write((tx) =>
          work({
            ...reads(tx),
            lockRevision: () => call(() => tx.lockRevision()),
            count: (table, where) => call(() => tx.count(table, where)),
            insert: (table, row) => call(() => tx.insert(table, row)),
            insertAll: (table, rows) => call(() => tx.insertAll(table, rows)),
            update: (table, key, patch) => call(() => tx.update(table, key, patch)),
            remove: (table, where) => call(() => tx.remove(table, where)),
            removeIn: (table, column, values, where) => call(() => tx.removeIn(table, column, values, where)),
          }),
        ),
      ),
  };
  return {
    store: failing,
    /** Gives whether the call came. */
    failAt: (n: number) => {
      countdown = n;
      return { hasFailed: () => countdown <= 0 };
    },
  };
}

const permissions = [...managing, 'user.ctrl', 'audit.get'];

/** More store calls than one request makes. */
const MAX_CALLS = 200;

describe('a store that fails, whatever it throws', () => {
  const requests = {
    'who, uncached': ({ key }) => bench.http.get('/v1/who').set('x-api-key', key),
    exchange: ({ oid, key }) => bench.http.post('/jwt').type('form').send({ oid, secret: key }),
    'list keys': ({ oid, key }) => bench.http.get(`/v1/orgs/${oid}/keys`).set('x-api-key', key),
    'make a key': ({ oid, key }, n) =>
      bench.http
        .post(`/v1/orgs/${oid}/keys`)
        .set('x-api-key', key)
        .type('form')
        .send({ key_name: `key ${n}` }),
    'list users': ({ oid, key }) => bench.http.get(`/v1/orgs/${oid}/users`).set('x-api-key', key),
    audit: ({ oid, key }) => bench.http.get(`/v1/orgs/${oid}/audit`).set('x-api-key', key),
    'put a policy': ({ oid, key }, n) =>
      bench.http.put(`/v1/orgs/${oid}/policies/p${n}`).set('x-api-key', key).send({ grants: {} }),
  } satisfies Record<string, (who: { oid: string; key: string }, n: number) => unknown>;

  it.each(Object.keys(requests) as (keyof typeof requests)[])(
    'a store that fails, whatever it throws, is 503 at every call of: %s',
    async (name) => {
      const { store, failAt } = await failingStore();
      bench = await startServiceFixture({ store });
      const oid = await newOrganization(bench);
      let failures = 0;
      for (let n = 1; n <= MAX_CALLS; n++) {
        // A new key each time: a cached one would ask nothing.
        const { text: key } = await newKey(bench, oid, { name: `n${n}`, permissions });
        events.length = 0;
        const { hasFailed } = failAt(n);
        const answer = await requests[name]({ oid, key }, n);
        const failed = hasFailed();
        failAt(Number.POSITIVE_INFINITY);
        if (!failed) break;
        failures += 1;
        // What the process reads after the commit may fail: the change was made.
        if (answer.status === 200) continue;
        expectDenied(answer, 503, 'ERR_STORE_UNAVAILABLE');
        expect(answer.headers['retry-after']).toBe('1');
        expect(events.length).toBeGreaterThan(0);
        expect(events[0]?.cause).toEqual({ text: 'the disk is full', code: 'SQLITE_FULL' });
        expect(answer.text).not.toContain('MARKED');
      }
      expect(failures).toBeGreaterThan(0);
    },
  );
});
