import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createKey, createOrganization, createUser, defaultCatalogue } from '@flairgate/core';
import { serviceApp } from '@flairgate/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CallBy, callerWith, type Place, startPlace } from './caller.ts';
import { done, operator } from './running-service.ts';

const operation = z.looseObject({
  operationId: z.string(),
  'x-needs': z.object({ kind: z.string(), names: z.array(z.string()).optional() }),
  security: z.array(z.unknown()),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema: z.unknown() })).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const description = z.looseObject({
  openapi: z.string().startsWith('3.1'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly needs: string;
  readonly names: readonly string[];
}

let place: Place;
let document: z.infer<typeof description>;
let operations: readonly Operation[];

beforeAll(async () => {
  place = await startPlace();
  const sent = await place.running.send({ method: 'GET', path: '/openapi.json' });
  document = description.parse(JSON.parse(sent.text));
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { 'x-needs': needs }]) => ({
      method: method.toUpperCase(),
      path,
      needs: needs.kind,
      names: needs.names ?? [],
    })),
  );
});

afterAll(() => place.close());

describe('the description of the service', () => {
  it('holds every route of the table, and no other', () => {
    const { routes } = place.running.service;
    const mounted = routes.map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, '{$1}')}`);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(mounted.toSorted());
    expect(mounted.length).toBeGreaterThan(50);
  });

  it('leaves out nothing that is mounted, but the page that shows it', () => {
    const { router, routes } = place.running.service;
    const layers = z.array(z.looseObject({ route: z.looseObject({ path: z.string() }).optional() }));
    const paths = layers.parse(router.stack.map(({ route }) => ({ route }))).flatMap(({ route }) => route?.path ?? []);
    expect(new Set(paths)).toEqual(new Set([...routes.map(({ path }) => path), '/docs']));
  });

  it('names each operation once, and every parameter of its path', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, methods] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
      }
    }
  });

  it('refers to nothing that is not in it', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(0);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  });

  it('has a page that runs its own script only', async () => {
    const service = createServer(serviceApp(place.running.service)).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const address = service.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const response = await fetch(`http://127.0.0.1:${port}/docs`);
    const text = await response.text();
    service.close();
    const policy = String(response.headers.get('content-security-policy'));
    const script = /<script type="module">([\s\S]*)<\/script>/.exec(text)?.[1] ?? '';
    expect(script.length).toBeGreaterThan(500);
    const digest = createHash('sha256').update(script).digest('base64');
    expect(policy).toContain(`script-src 'sha256-${digest}'`);
    expect(policy).toContain("default-src 'none'");
  });
});

describe('every route', () => {
  it('is closed to whoever shows nothing, unless it says so', async () => {
    for (const one of operations) {
      const { status } = await callAnonymously(one);
      if (one.needs === 'nothing') expect([one.path, status]).not.toEqual([one.path, 401]);
      else expect([one.path, status >= 400]).toEqual([one.path, true]);
      if (['permissions', 'user', 'credential', 'service'].includes(one.needs)) {
        expect([one.method, one.path, status]).toEqual([one.method, one.path, 401]);
      }
    }
  });

  it('is closed to a key of another organization that holds everything there', async () => {
    const call = await keyWithEverything('other');
    for (const one of operations.filter(({ needs }) => needs === 'permissions')) {
      const { status, body } = await callAt(call, one);
      expect([one.path, status, body.code]).toEqual([one.path, 401, 'ERR_PERMISSION_MISSING']);
    }
  });

  it('names what a key without permissions lacks', async () => {
    const { administration, oid, running } = place;
    const input = { owner: { kind: 'organization', oid }, name: 'nothing' } as const;
    const call = callerWith(running, (await done(createKey(administration, operator, input))).text);
    for (const one of operations.filter(({ needs }) => needs === 'permissions')) {
      const { status, body } = await callAt(call, one);
      expect([one.path, status, body.missing]).toEqual([one.path, 401, one.names]);
    }
  });

  it('is closed to ingestion keys', async () => {
    const { administration, oid, running } = place;
    const input = { owner: { kind: 'ingestion', oid }, name: 'push' } as const;
    const call = callerWith(running, (await done(createKey(administration, operator, input))).text);
    for (const one of operations.filter(({ needs }) => ['permissions', 'user', 'credential'].includes(needs))) {
      expect([one.path, (await callAt(call, one)).status]).toEqual([one.path, 401]);
    }
  });

  it('of users is closed to organization keys, whatever these hold', async () => {
    const call = await keyWithEverything('first');
    for (const one of operations.filter(({ needs }) => needs === 'user')) {
      const { status, body } = await callAt(call, one);
      expect([one.path, status, body.code]).toEqual([one.path, 401, 'ERR_USER_REQUIRED']);
    }
  });

  it('lets a key on that holds what it needs', async () => {
    const call = await keyWithEverything('own', place.oid);
    for (const one of operations.filter(({ needs }) => needs === 'permissions')) {
      const { status } = await callAt(call, one);
      expect([one.method, one.path, [200, 400, 403, 404].includes(status)]).toEqual([one.method, one.path, true]);
    }
  });

  it('of users lets a user on who is in no organization, and shows nothing of any', async () => {
    const { administration, running } = place;
    const { uid } = await done(createUser(administration, operator, { email: 'nobody@acme.example' }));
    const made = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }));
    const call = callerWith(running, made.text);
    for (const one of operations.filter(({ needs }) => needs === 'user')) {
      const { status, body } = await callAt(call, one);
      expect([one.path, body.code]).not.toEqual([one.path, 'ERR_USER_REQUIRED']);
      expect([one.path, status < 500]).toEqual([one.path, true]);
      expect(JSON.stringify(body)).not.toContain('acme"');
    }
  });
});

/** A key of an organization with every permission there is, of its own or of this one. */
async function keyWithEverything(name: string, given?: string): Promise<CallBy> {
  const { administration, running } = place;
  const oid = given ?? (await done(createOrganization(administration, operator, { name }))).oid;
  const permissions = defaultCatalogue.entries.map((entry) => entry.name);
  const input = { owner: { kind: 'organization', oid }, name: `all of ${name}`, permissions } as const;
  return callerWith(running, (await done(createKey(administration, operator, input))).text);
}

/** Calls an operation of the place's organization, with ids of nothing for everything else. */
function callAt(call: CallBy, { method, path }: Operation) {
  return call(method, filled(path));
}

async function callAnonymously({ method, path }: Operation): Promise<{ readonly status: number }> {
  return place.running.send({ method, path: filled(path) });
}

function filled(path: string): string {
  return path.replace('{oid}', place.oid).replace(/\{[a-z_]+\}/g, '00000000-0000-4000-8000-000000000000');
}
