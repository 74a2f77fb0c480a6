import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Response } from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  newIngestionKey,
  newKey,
  newOrganization,
  newUser,
  type ServiceFixture,
  startServiceFixture,
  tokenFor,
} from './support.js';

let bench: ServiceFixture;

beforeEach(async () => {
  bench = await startServiceFixture({ allowGetExchange: true });
});

afterEach(() => bench.close());

/** Every piece of 12 characters of the secret part of a key. */
function piecesOf(text: string): readonly string[] {
  return Array.from({ length: text.length - 13 - 11 }, (_, start) => text.slice(13 + start, 25 + start));
}

function everything({ headers, text, body }: Response): string {
  return JSON.stringify([headers, text, body]);
}

describe('a secret', () => {
  it('a secret is in no answer but the one that shows it once, and in no diagnostics', async () => {
    const oid = await newOrganization(bench);
    const manager = await newKey(bench, oid);
    const user = await newUser(bench, [oid]);
    const ingestion = await newIngestionKey(bench, oid, 'edge');
    const jwt = await tokenFor(bench, { oid, secret: manager.text });
    const messages: unknown[] = [];
    const listen = (message: unknown) => void messages.push(message);
    subscribe('flairgate:denied', listen);
    subscribe('flairgate:fault', listen);
    const seen: string[] = [];
    const secrets = [manager.text, user.text, ingestion.text];
    for (const text of secrets) {
      const tampered = `${text.slice(0, -1)}~`;
      const urls = [
        '/v1/who',
        `/v1/orgs/${oid}/keys`,
        `/v1/orgs/${text}/keys`,
        `/v1/insight/${oid}/ingestion_keys`,
        `/${text}`,
      ];
      const requests = [
        ...urls.flatMap((url) => [text, tampered].map((key) => bench.http.get(url).set('x-api-key', key))),
        ...urls.map((url) => bench.http.get(url).set('Authorization', `Bearer ${text}`)),
        ...urls.map((url) => bench.http.get(url).set('x-api-key', text).set('Authorization', `Bearer ${text}`)),
        bench.http.post('/jwt').type('form').send({ secret: tampered, oid: text, uid: text, expiry: text }),
        bench.http.post('/jwt').type('form').send({ secret: tampered, oid: text, uid: text }),
        bench.http
          .post('/jwt')
          .type('form')
          .send({ secret: text, oid, perms: `dr.list,${text}` }),
        bench.http.post('/jwt').type('form').send(`secret=${text}&secret=${text}&${text}=1&${text}=2`),
        bench.http.post('/jwt').type('json').send(`{"secret":"${text}`),
        bench.http.post('/jwt').type('text/plain').send(text),
        bench.http.get('/jwt').query({ secret: text, oid: 'x' }),
        bench.http.get('/user_key_info').query({ secret: text, uid: text }),
        bench.http
          .post(`/v1/orgs/${oid}/keys`)
          .set('x-api-key', manager.text)
          .send({ key_name: `${text}[`, perms: [text] }),
        bench.http.delete(`/v1/orgs/${oid}/keys`).set('x-api-key', manager.text).send({ key_hash: text }),
      ];
      for (const request of requests) seen.push(everything(await request));
    }
    expect(seen.length).toBeGreaterThan(50);
    unsubscribe('flairgate:denied', listen);
    unsubscribe('flairgate:fault', listen);
    expect(messages.length).toBeGreaterThan(20);
    const all = [...seen, JSON.stringify(messages)].join('\n');
    for (const piece of [...secrets.flatMap(piecesOf), jwt]) expect(all.includes(piece)).toBe(false);
  });
});
