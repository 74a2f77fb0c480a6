import { createServiceKey } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ServerFixture, startServerFixture } from './caller.ts';
import { type DescribedClient, describedClient } from './described-client.ts';
import { lintOpenApi } from './lint-open-api.ts';
import { done, operator } from './running-service.ts';

let place: ServerFixture;
let text: string;
let client: DescribedClient;
let key: string;

beforeAll(async () => {
  place = await startServerFixture();
  text = (await place.running.send({ method: 'GET', path: '/openapi.json' })).text;
  client = describedClient(place.running, JSON.parse(text));
  key = (await place.person('maker', [])).key;
});

afterAll(() => place.close());

describe('the document of a live service', () => {
  it('the document of a live service passes the linter, without a warning', async () => {
    expect(await lintOpenApi(text)).toEqual([]);
  });

  it.each([
    ['refers to nothing', '#/components/schemas/Problem', '#/components/schemas/Problm', 'no-unresolved-refs'],
    ['uses an unknown scheme', '"security":[{"apiKey":[]}', '"security":[{"apikey":[]}', 'security-defined'],
    [
      'names an operation twice',
      '"operationId":"getWho"',
      '"operationId":"getHealthz"',
      'operation-operationId-unique',
    ],
    ['forgets a parameter', '/v1/orgs/{oid}/audit', '/v1/orgs/{id}/audit', 'path-parameters-defined'],
    ['has another member', '"operationId":"getWho"', '"operationID":"getWho"', 'struct'],
  ])('the linter fails the document of a live service once it %s', async (_, from, to, rule) => {
    expect(text).toContain(from);
    expect(await lintOpenApi(text.replace(from, to))).toContainEqual(expect.stringContaining(rule));
  });
});

describe('what the document says to people', () => {
  const said = z.object({ description: z.string().min(20) });
  const example = z.looseObject({ example: z.unknown() }).refine(({ example: given }) => given !== undefined);

  it('the document describes every operation and tag, and has an example of every field and answer', () => {
    const tags = z.array(z.object({ name: z.string(), description: z.string() })).parse(JSON.parse(text).tags);
    expect(tags.length).toBeGreaterThan(15);
    for (const operation of client.operations) {
      said.parse(operation);
      for (const parameter of operation.parameters.filter((one) => one.in !== 'header')) example.parse(parameter);
      for (const content of Object.values(operation.requestBody?.content ?? {})) example.parse(content);
      for (const content of Object.values(operation.responses['200']?.content ?? {})) example.parse(content);
    }
  });

  it('the document has every status that a caller must expect', () => {
    for (const { operationId, responses, method, security } of client.operations) {
      const statuses = Object.keys(responses);
      expect([operationId, statuses]).toEqual([operationId, expect.arrayContaining(['200', '400', '429', '503'])]);
      const isGuarded = security.length > 0;
      expect([operationId, statuses.includes('403')]).toEqual([
        operationId,
        statuses.includes('401') && method !== 'get',
      ]);
      if (isGuarded) expect(statuses).toContain('401');
    }
  });

  it('the linter fails the document once an example is none of its schema', async () => {
    const changed = text.replace('"example":{"success":true', '"example":{"success":"yes"');
    expect(changed).not.toBe(text);
    expect(await lintOpenApi(changed)).toContainEqual(expect.stringContaining('no-invalid-media-type-examples'));
  });
});

describe('a client that has only the document', () => {
  it.each(['application/json', 'application/x-www-form-urlencoded'])(
    'a client that has only the document makes, uses and ends a key by %s',
    async (mediaType) => {
      const named = await client.call('postOrgsNew', { key, mediaType, values: { name: `by ${mediaType}` } });
      const { oid } = named.body.data as { readonly oid: string };
      const perms = ['dr.list', 'output.set'];
      const made = await client.call('postOrgsOidKeys', {
        key,
        mediaType,
        values: { oid, key_name: 'vendor[segment]', perms },
      });
      const { api_key: vendor, key_hash } = made.body as { readonly api_key: string; readonly key_hash: string };
      const listed = await client.call('getOrgsOidKeys', { key, values: { oid } });
      expect(listed.body.api_keys).toMatchObject({ [key_hash]: { grants: perms } });
      const who = await client.call('getWho', { key: vendor });
      expect(who.body).toMatchObject({ orgs: [oid], perms: ['dr.list', 'output.set'] });
      expect((await client.call('getOrgsOid', { key: vendor, values: { oid } })).body.missing).toEqual(['org.get']);
      expect((await client.call('deleteOrgsOidKeys', { key, mediaType, values: { oid, key_hash } })).status).toBe(200);
      expect((await client.call('getWho', { key: vendor })).status).toBe(401);
      expect((await client.call('deleteOrgsOid', { key, values: { oid } })).status).toBe(200);
    },
  );

  it('a client that has only the document asks as a service what a key is good for', async () => {
    const { administration, oid, organizationKey } = place;
    const input = { name: 'rules', organizations: 'all', mayExchange: [] } as const;
    const service = await done(createServiceKey(administration, operator, input));
    const values = { token: organizationKey.text };
    const asked = await client.call('postOauthIntrospect', { key: service.text, values });
    expect(asked.body).toMatchObject({ active: true, organizations: { [oid]: { owner: false } } });
    expect((await client.call('postOauthIntrospect', { key, values })).body.error).toBe('invalid_client');
    expect((await client.call('getChanges', { key: service.text })).body).toMatchObject({ protocol: 1, more: false });
  });

  it('a client that has only the document reads every list of an organization', async () => {
    const { oid, userKey } = place;
    const lists = client.operations.filter(
      ({ method, security, parameters }) =>
        method === 'get' &&
        'apiKey' in (security[0] ?? {}) &&
        parameters.every(({ name, required }) => name === 'oid' || !required),
    );
    expect(lists.length).toBeGreaterThan(8);
    for (const { operationId, path } of lists) {
      const values = path.includes('{oid}') ? { oid } : {};
      const { status } = await client.call(operationId, { key: userKey.text, values });
      expect([operationId, status]).toEqual([operationId, 200]);
    }
  });

  it('a client that has only the document knows the refusal of every operation, without a key and with one', async () => {
    const nothing = '00000000-0000-4000-8000-000000000000';
    for (const { operationId, parameters } of client.operations) {
      const values = Object.fromEntries(parameters.filter((one) => one.required).map(({ name }) => [name, nothing]));
      await client.call(operationId, { values });
      await client.call(operationId, { values, key });
    }
  });

  it('a client that has only the document notices an answer that is not the one described', async () => {
    const changed = text.replaceAll('"ident":{"type":"string"}', '"ident":{"type":"integer"}');
    expect(changed).not.toBe(text);
    const misled = describedClient(place.running, JSON.parse(changed));
    await expect(misled.call('getWho', { key })).rejects.toThrow(/getWho: 200.*ident must be integer/);
    await expect(misled.call('getWho')).resolves.toMatchObject({ status: 401 });
  });
});
