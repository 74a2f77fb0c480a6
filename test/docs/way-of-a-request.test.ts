import { createRequire } from 'node:module';
import { memoryStore } from '@flairgate/core';
import { type TestGate, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bare, readPage, rowsUnder } from './tables.ts';

const PAGE = 'docs/architecture.md';
/** Calls of a key, from `authenticate` to `loadEntry`, that a token passes as well. */
const SHARED = 7;

interface JsonWebToken {
  verify: (...args: readonly unknown[]) => unknown;
}

/** The library that verifies the signatures of our own tokens, as core loads it. */
const library: JsonWebToken = createRequire(import.meta.resolve('@flairgate/core'))('jsonwebtoken');

/** Function and file of each call that is open now, the outermost first. The room `store` is behind the way. */
function openCalls(): readonly string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const held: { readonly stack?: readonly NodeJS.CallSite[] } = {};
  Error.stackTraceLimit = 100;
  Error.prepareStackTrace = (_error, sites) => sites;
  Error.captureStackTrace(held);
  const sites = held.stack ?? [];
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  const calls = sites.flatMap((site) => {
    const file = /packages\/(?:core|express)\/dist\/(?!store\/).+(?=\.js$)/.exec(site.getFileName() ?? '')?.[0];
    // A function without a name is part of the one around it.
    const name = site.getFunctionName();
    return file === undefined || name === null ? [] : [`${name} ${file.replace('/dist/', '/src/')}.ts`];
  });
  return calls.reverse().filter((call, at) => call !== calls[at - 1]);
}

/** The calls that the page lists under a heading. */
function documentedCalls(heading: string): readonly string[] {
  return rowsUnder(PAGE, heading).flatMap(([call, file = '']) => {
    const path = /\(\.\.\/(packages\/[^)]+)\)/.exec(file)?.[1];
    return path === undefined ? [] : [`${bare(call)} ${path}`];
  });
}

let kit: TestGate;
let app: express.Express;
let seen: (readonly string[])[];
const { verify } = library;

beforeEach(async () => {
  const store = await memoryStore();
  const now = Date.now();
  seen = [];
  kit = await testGate({
    // On a clock that goes on, a slow machine reads the revision first.
    clock: { wall: () => now, monotonic: () => 0 },
    store: {
      ...store,
      read: (work) => {
        seen.push(openCalls());
        return store.read(work);
      },
    },
  });
  library.verify = (...args) => {
    seen.push(openCalls());
    return verify(...args);
  };
  app = express();
  app.get('/', kit.gate.authenticate(), kit.gate.requirePermissions('dr.list'), (_req, res) => res.sendStatus(204));
});

afterEach(async () => {
  library.verify = verify;
  await kit.close();
});

describe(`${PAGE}, the way of a request`, () => {
  it('the way of a request has every call from the middleware to the rows of a cold key, and no other', async () => {
    const key = await kit.key({ permissions: ['dr.list'] });
    await kit.gate.authenticator.revision.sync();
    seen = [];
    await request(app).get('/').set('x-api-key', key.text).expect(204);
    expect(seen).toEqual([documentedCalls('The calls of a cold key')]);
  });

  it('the way of a request has every call to the signature of a cold token, and no other', async () => {
    const token = await kit.token(await kit.key({ permissions: ['dr.list'] }));
    await kit.gate.authenticator.revision.sync();
    seen = [];
    await request(app).get('/').set('authorization', `Bearer ${token}`).expect(204);
    const shared = documentedCalls('The calls of a cold key').slice(0, SHARED);
    expect(seen).toEqual([[...shared, ...documentedCalls('The calls of a cold token')]]);
  });

  it('the way of a request begins on a page of 40 lines', () => {
    expect(readPage('packages/core/src/authorize.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('the way of a warm request reads no row and verifies nothing', async () => {
    const key = await kit.key({ permissions: ['dr.list'] });
    await kit.gate.authenticator.revision.sync();
    await request(app).get('/').set('x-api-key', key.text).expect(204);
    seen = [];
    await request(app).get('/').set('x-api-key', key.text).expect(204);
    expect(seen).toEqual([]);
  });
});
