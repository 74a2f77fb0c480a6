import { once } from 'node:events';
import { request } from 'node:http';
import { revokeKey } from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  done,
  type NewKey,
  newKey,
  newOrganization,
  operator,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

let bench: ServiceFixture;
let oid: string;
let key: NewKey;

beforeEach(async () => {
  bench = await startServiceFixture();
  oid = await newOrganization(bench);
  key = await newKey(bench, oid);
  // Known from here on, so that a request is past authentication as soon as its headers are read.
  await bench.http.get('/v1/who').set('x-api-key', key.text).expect(200);
});
afterEach(() => bench.close());

/** Sends the headers, waits for the service to ask for the body, does something else, then sends the body. */
async function drawOut(method: string, path: string, meanwhile: () => Promise<unknown>): Promise<number | undefined> {
  const body = 'a=b';
  const headers = {
    'x-api-key': key.text,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body.length,
    expect: '100-continue',
  };
  const sent = request(`${bench.url}${path}`, { method, headers });
  sent.flushHeaders();
  await once(sent, 'continue');
  await meanwhile();
  const answered = once(sent, 'response');
  sent.end(body);
  const [answer] = await answered;
  answer.resume();
  return answer.statusCode;
}

describe('a body that is sent after its key ended', () => {
  const revoke = () => done(revokeKey(bench.administration, operator, { oid, keyId: key.keyId }));

  it.each([
    ['of a route for any credential', 'GET', () => '/v1/who'],
    ['of a route that needs a permission', 'GET', () => `/v1/orgs/${oid}/keys`],
    ['of a route that changes something', 'POST', () => `/v1/orgs/${oid}/keys`],
  ])('a body that is sent after its key ended is refused by the service: %s', async (_what, method, path) => {
    expect(await drawOut(method, path(), revoke)).toBe(401);
  });

  it('a body that is sent after its key ended is taken where nothing ended meanwhile', async () => {
    expect(await drawOut('GET', '/v1/who', async () => undefined)).toBe(200);
  });
});
