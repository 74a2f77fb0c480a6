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

/** What a request costs decides how long it takes: statements, questions to the host, runs of the router. */
it.each(['routed', 'shared'] as const)(
  'something hidden costs as many statements and questions as something missing, where ids are %s',
  async (tenancy) => {
    const counting = countingStore(await memoryStore());
    const work = { loads: 0, runs: 0 };
    app = await guardedApp({
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
    const owner = await app.kit.key({ name: 'owner' });
    await app.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 'MARKED' });
    const segment = await app.kit.key({ name: 'a[segment]' });
    await app.ask(segment, 'GET', '/rules/absent');
    for (const [method, path, body, headers] of requests) {
      const costs = [];
      for (const id of ['theirs', 'absent', 'theirs', 'absent']) {
        counting.take();
        Object.assign(work, { loads: 0, runs: 0 });
        const { status } = await app.ask(segment, method, `/rules/${id}${path}`, body, headers);
        const { asked, written, statements } = counting.take();
        costs.push({ status, asked, written, statements, ...work });
      }
      expect({ method, path, costs }).toEqual({ method, path, costs: Array.from(costs, () => costs[1]) });
    }
  },
);
