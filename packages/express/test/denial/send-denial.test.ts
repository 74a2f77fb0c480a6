import { createRequire } from 'node:module';
import { testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, describe, expect, it } from 'vitest';

const express4: typeof express = createRequire(import.meta.url)('express4');
const kit = await testGate();
afterAll(() => kit.close());
const key = await kit.key();

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s: an answer is marked as private', (_, make) => {
  it('an answer is marked as private by the methods that a host put on the response', async () => {
    const app = make();
    const names: string[] = [];
    app.use((_req, res, next) => {
      const { setHeader } = res;
      res.setHeader = (name, value) => {
        names.push(name);
        return setHeader.call(res, name, value);
      };
      next();
    });
    app.use(kit.gate.authenticate());
    app.get('/', (_req, res) => void res.end());
    const answer = await request(app).get('/').set('x-api-key', key.text).expect(200);
    expect(names).toEqual(expect.arrayContaining(['Cache-Control', 'Vary']));
    expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store', vary: 'x-api-key, Authorization' });
  });

  it('an answer is marked as private in a mounted app as well, and behind it', async () => {
    const app = make();
    const inner = make();
    inner.use(kit.gate.authenticate());
    inner.get('/inside', kit.gate.requirePermissions('dr.list'), (_req, res) => void res.end());
    app.use(inner);
    app.get('/behind', (req, res) => void res.end(req.auth.identity));
    for (const path of ['/inside', '/behind']) {
      const answer = await request(app)
        .get(path)
        .set('x-api-key', (await kit.key({ permissions: ['dr.list'] })).text);
      expect(answer.status, path).toBe(200);
      expect(answer.headers, path).toMatchObject({ 'cache-control': 'private, no-store' });
    }
  });
});
