import { isDeepStrictEqual as isEqual } from 'node:util';
import { memoryStore } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import type { GuardOptions } from '@flairgate/express';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import {
  type GuardedApp,
  guardedApp,
  guardOptions,
  type Rule,
  ruleRouter,
} from '../../../packages/express/test/guard/guarded-app.js';
import { countingStore } from '../../contract/counting-store.ts';

let app: GuardedApp | undefined;
afterEach(async () => {
  await app?.close();
});

/** Most times that a request is measured, until no poll of changes came between. */
const MOST_ROUNDS = 40;

const requests: readonly (readonly [method: string, path: string, body: unknown, headers?: Record<string, string>])[] =
  [
    ['GET', '', undefined],
    ['HEAD', '', undefined],
    ['PUT', '', { name: 'x', data: 1 }, { 'if-match': '"v1"' }],
    ['PUT', '', { name: 'x', data: 1 }, { 'if-match': '*' }],
    ['PATCH', '', { name: 'x' }],
    ['DELETE', '', undefined],
    ['POST', '/rename', { to: 'fresh' }],
    ['POST', '/copy', { to: 'fresh' }],
  ];

interface Work {
  loads: number;
  runs: number;
}

/** A guarded router that counts how often it runs and how often its host is asked for an id. */
function countedApp(store: Store, tenancy: GuardOptions['tenancy'], work: Work): Promise<GuardedApp> {
  const rules = new Map<string, Rule>();
  const { load } = guardOptions(rules);
  return guardedApp({
    rules,
    gate: { store },
    guard: {
      tenancy,
      load(req, id) {
        work.loads += 1;
        return load?.(req, id);
      },
    },
    router: () => {
      const router = ruleRouter(express, rules);
      return (req, res, next) => {
        work.runs += 1;
        router(req, res, next);
      };
    },
  });
}

/** Adopts all resources without an owner, as `flairgate adopt` without ids does. */
function adoptAll({ kit }: GuardedApp): Promise<unknown> {
  return kit.store.write((tx) => tx.update('ownershipType', { oid: '*', type: 'rule' }, { adoptedBy: kit.oid }));
}

const settings = [
  ['routed', 'routed', 'a[segment]', 0],
  ['shared', 'shared', 'a[segment]', 0],
  ['shared and adopted', 'shared', 'plain', 1],
] as const;

/** Statements, questions to the host and runs of the router decide how long a request takes. */
it.each(settings)(
  'something hidden costs as many statements and questions as something missing, where ids are %s',
  async (setting, tenancy, name, loads) => {
    const counting = countingStore(await memoryStore());
    const work: Work = { loads: 0, runs: 0 };
    const asking = await countedApp(counting.store, tenancy, work);
    app = asking;
    const { kit } = asking;
    const owner = await kit.key({ name: 'owner', oid: loads > 0 ? await kit.organization() : kit.oid });
    await asking.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 'MARKED' });
    if (setting === 'shared and adopted') await adoptAll(asking);
    const caller = await kit.key({ name });
    await asking.ask(caller, 'GET', '/rules/absent');
    const measure = async (id: string, [method, path, body, headers]: (typeof requests)[number]) => {
      counting.take();
      Object.assign(work, { loads: 0, runs: 0 });
      const { status } = await asking.ask(caller, method, `/rules/${id}${path}`, body, headers);
      const { asked, written, statements } = counting.take();
      return { status, asked, written, statements, ...work };
    };
    for (const request of requests) {
      const costs: Record<string, Awaited<ReturnType<typeof measure>>> = {};
      // The regular poll of changes may come in between, so the least of several counts.
      for (let round = 0; round < MOST_ROUNDS && (round < 2 || !isEqual(costs.theirs, costs.absent)); round += 1) {
        for (const id of ['theirs', 'absent']) {
          const cost = await measure(id, request);
          if (cost.asked <= (costs[id]?.asked ?? cost.asked)) costs[id] = cost;
        }
      }
      expect({ request, cost: costs.theirs }).toEqual({ request, cost: costs.absent });
      expect(costs.theirs).toMatchObject({ runs: 0, written: 0, loads });
    }
  },
);
