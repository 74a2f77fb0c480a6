import { createServer } from 'node:http';
import { allow, memoryStore } from '@flairgate/core';
import { createGate, type Gate } from '@flairgate/express';
import { defineRoute, mountRoutes } from '@flairgate/server';
import express from 'express';
import fc from 'fast-check';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', '1', 'toJSON x', '"'));
const long = fc.integer({ min: 499, max: 1100 });
const list = fc.tuple(long, fc.jsonValue()).map(([length, of]) => Array.from({ length }, (_, at) => [at, of]));
const byName = fc
  .tuple(long, fc.jsonValue(), names)
  .map(([length, of, name]) => Object.fromEntries(Array.from({ length }, (_, at) => [`${name}${at}`, of])));
const member = fc.oneof(fc.jsonValue(), fc.constant(undefined), list, byName);

let gate: Gate;
let answer: Record<string, unknown> = {};
let server: ReturnType<typeof createServer>;

beforeAll(async () => {
  gate = createGate({ store: await memoryStore() });
  const router = express.Router();
  const handle = async () => allow(answer);
  const shape = { summary: 'test', needs: { kind: 'nothing' }, answer: z.looseObject({}) } as const;
  mountRoutes(router, [defineRoute({ ...shape, method: 'GET', path: '/list', handle })], { gate });
  server = createServer(express().use(router)).listen(0, '127.0.0.1');
});
afterAll(async () => {
  server.close();
  await gate.close();
});

/** Asks for an answer, and returns its text and how it was sent. */
async function sent(value: Record<string, unknown>) {
  answer = value;
  const { text, headers, status } = await supertest(server).get('/list');
  return { text, status, isWhole: headers['content-length'] !== undefined };
}

describe(`an answer with long lists (SEED=${seed})`, () => {
  test('an answer with long lists is the text that JSON.stringify makes of it', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, member, { noNullPrototype: true }), async (value) => {
        expect((await sent(value)).text).toBe(JSON.stringify(value));
      }),
      { seed, numRuns: 15 },
    );
  });

  test('an answer with long lists is sent in parts from 501 entries on, in a list or by name', async () => {
    const keys = Array.from({ length: 1200 }, (_, at) => at);
    expect(await sent({ total: 1, keys })).toMatchObject({ status: 200, isWhole: false });
    expect(await sent({ keys: { ...keys } })).toMatchObject({ status: 200, isWhole: false });
    expect(await sent({ keys: keys.slice(0, 500) })).toMatchObject({ status: 200, isWhole: true });
  });

  test('an answer with long lists has no member that JSON leaves out', async () => {
    const values = Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [`n${at}`, at < 600 ? undefined : at]));
    expect((await sent({ values })).text).toBe(JSON.stringify({ values }));
  });
});
