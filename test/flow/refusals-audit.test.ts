import { afterEach, beforeEach, expect, it } from 'vitest';
import { callerWith, type ServerFixture, startServerFixture } from './caller.ts';
import { refusalsWritten } from './refusals-written.ts';

let place: ServerFixture;

beforeEach(async () => {
  place = await startServerFixture();
});

afterEach(() => place.close());

it('the audit shows the refusals of known callers in the audit of their organization, counted, and none of anonymous ones', async () => {
  const { owner, organizationCaller, running, oid } = place;
  const path = `/v1/orgs/${oid}/users`;
  const refused = await organizationCaller('GET', `${path}?limit=1`);
  expect(refused.body).toEqual({
    type: 'https://flairgate.github.io/flairgate/errors/ERR_PERMISSION_MISSING',
    title: 'Unauthorized',
    status: 401,
    detail: 'missing permission: user.ctrl',
    code: 'ERR_PERMISSION_MISSING',
    error: 'missing permission: user.ctrl',
    missing: ['user.ctrl'],
  });
  const stranger = callerWith(running, `fg_${'0'.repeat(43)}`);
  expect(await stranger('GET', path)).toMatchObject({ status: 401, body: { code: 'ERR_KEY_INVALID' } });
  await refusalsWritten(place);
  const { events } = (await owner('GET', `/v1/orgs/${oid}/audit`)).body;
  const rows = Array.isArray(events) ? events.filter(({ outcome }) => outcome === 'refused') : [];
  expect(rows).toEqual([
    {
      id: expect.any(String),
      time: expect.any(Number),
      ident: expect.any(String),
      actor: expect.any(String),
      action: 'request.refuse',
      target: 'GET /v1/orgs/:oid/users',
      address: '127.0.0.1',
      outcome: 'refused',
      details: { code: 'ERR_PERMISSION_MISSING', reason: 'ERR_PERMISSION_MISSING', count: 2 },
    },
  ]);
});

it('the audit shows a segment key what it did, and no refusal: a hidden resource would differ from a missing one', async () => {
  const { owner, running, oid } = place;
  const form = { key_name: 'vendor[segment]', perms: 'audit.get,apikey.ctrl' };
  const made = await owner('POST', `/v1/orgs/${oid}/keys`, { form });
  expect(made).toMatchObject({ status: 200 });
  const vendor = callerWith(running, made.text('api_key'));
  const own = { key_name: 'other[segment]', perms: 'apikey.ctrl' };
  expect(await vendor('POST', `/v1/orgs/${oid}/keys`, { form: own })).toMatchObject({ status: 200 });
  expect(await vendor('GET', `/v1/orgs/${oid}/users`)).toMatchObject({ status: 401 });
  await refusalsWritten(place);
  const { events } = (await vendor('GET', `/v1/orgs/${oid}/audit`)).body;
  expect(events).toMatchObject([{ action: 'key.create', outcome: 'done' }]);
});
