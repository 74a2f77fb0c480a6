import { DeniedError, deny, UnavailableError } from '@flairgate/core';
import { createApp } from '@flairgate/example-nest';
import { Public, RequirePermissions } from '@flairgate/example-nest/authorization';
import { type TestGate, testGate } from '@flairgate/express/testing';
import { Controller, Get, type INestApplication, type Type } from '@nestjs/common';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let kit: TestGate;
const opened: INestApplication[] = [];
beforeEach(async () => {
  kit = await testGate();
});
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
  await kit.close();
});

async function start(...more: readonly Type[]): Promise<ReturnType<INestApplication['getHttpServer']>> {
  const app = await createApp(kit.gate, ...more);
  opened.push(app);
  await app.init();
  return app.getHttpServer();
}

/** A controller at `/more`, with one route. */
function controller(handler: () => unknown, ...checks: readonly MethodDecorator[]): Type {
  class More {
    read(): unknown {
      return handler();
    }
  }
  const property = Object.getOwnPropertyDescriptor(More.prototype, 'read');
  for (const decorate of [Get(), ...checks]) decorate(More.prototype, 'read', property as never);
  Controller('more')(More);
  return More;
}

describe('the recipe for NestJS', { timeout: 60_000 }, () => {
  it('the recipe for NestJS lets a caller through by the permissions of each route, in the organization of the path', async () => {
    const server = await start();
    const { text } = await kit.key({ name: 'agent', permissions: ['dr.list'] });
    const path = `/orgs/${kit.oid}/rules`;
    const listed = await request(server).get(path).set('x-api-key', text);
    expect([listed.status, listed.body]).toEqual([200, { you: 'agent', rules: [] }]);
    expect(listed.headers['cache-control']).toBe('private, no-store');
    const refused = await request(server).post(path).set('x-api-key', text).send({ name: 'a' });
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_PERMISSION_MISSING']);
    const other = `/orgs/${await kit.organization('other')}/rules`;
    expect((await request(server).get(other).set('x-api-key', text)).body.code).toBe('ERR_PERMISSION_MISSING');
    const writer = await kit.key({ name: 'writer', permissions: ['dr.set'] });
    expect((await request(server).post(path).set('x-api-key', writer.text).send({ name: 'a' })).status).toBe(201);
  });

  it('the recipe for NestJS refuses no credential, a wrong one and two of them, but on a public route only wrong ones', async () => {
    const server = await start();
    const statusesOf = async (path: string) => [
      (await request(server).get(path)).status,
      (await request(server).get(path).set('x-api-key', 'no-such-key-at-all')).status,
      (await request(server).get(path).set('x-api-key', 'a'.repeat(20)).set('authorization', 'Bearer abc')).status,
    ];
    expect(await statusesOf(`/orgs/${kit.oid}/rules`)).toEqual([401, 401, 400]);
    expect(await statusesOf('/health')).toEqual([200, 401, 400]);
  });

  it('the recipe for NestJS answers a refusal and a fault that a handler throws', async () => {
    const thrown = [new DeniedError(deny('ERR_NOT_FOUND')), new UnavailableError('store', new Error('closed'))];
    const server = await start(
      controller(() => {
        throw thrown.shift();
      }, Public()),
    );
    expect((await request(server).get('/more')).status).toBe(404);
    const fault = await request(server).get('/more');
    expect([fault.status, fault.body.code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
  });

  it('the recipe for NestJS does not start with a route that has no check, or with a permission that does not exist', async () => {
    await expect(start(controller(() => 'open'))).rejects.toThrow('More.read has no authorization check');
    await expect(start(controller(() => 'open', RequirePermissions('dr.lst')))).rejects.toThrow(/dr\.list/);
  });
});
