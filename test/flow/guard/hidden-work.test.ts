import { memoryStore } from '@flairgate/core';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import {
  type GuardedApp,
  guardedApp,
  guardOptions,
  ruleRouter,
} from '../../../packages/express/test/guard/guarded-app.js';
import { countingStore } from '../../contract/counting-store.ts';

let app: GuardedApp | undefined;
afterEach(async () => {
  await app?.close();
});

const ROUNDS = 4;

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

/** Statements, questions to the host and runs of the router decide how long a request takes. */
it.each(['routed', 'shared'] as const)(
  'something hidden costs as many statements and questions as something missing, where ids are %s',
  async (tenancy) => {
    const counting = countingStore(await memoryStore());
    const work = { loads: 0, runs: 0 };
    const asking = await guardedApp({
      gate: { store: counting.store },
      guard: {
        tenancy,
        load(_req, id) {
          work.loads += 1;
          return guardOptions(app?.rules ?? new Map()).load?.(_req, id);
        },
      },
      router: (rules) => {
        const router = ruleRouter(express, rules);
        return (req, res, next) => {
          work.runs += 1;
          router(req, res, next);
        };
      },
    });
    app = asking;
    const owner = await asking.kit.key({ name: 'owner' });
    await asking.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 'MARKED' });
    const segment = await asking.kit.key({ name: 'a[segment]' });
    await asking.ask(segment, 'GET', '/rules/absent');
    const measure = async (id: string, [method, path, body, headers]: (typeof requests)[number]) => {
      counting.take();
      Object.assign(work, { loads: 0, runs: 0 });
      const { status } = await asking.ask(segment, method, `/rules/${id}${path}`, body, headers);
      const { asked, written, statements } = counting.take();
      return { status, asked, written, statements, ...work };
    };
    for (const request of requests) {
      const costs: Record<string, Awaited<ReturnType<typeof measure>>> = {};
      // The regular poll of changes may come in between, so the least of several counts.
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const id of ['theirs', 'absent']) {
          const cost = await measure(id, request);
          if (cost.asked <= (costs[id]?.asked ?? cost.asked)) costs[id] = cost;
        }
      }
      expect({ request, cost: costs.theirs }).toEqual({ request, cost: costs.absent });
    }
  },
);
