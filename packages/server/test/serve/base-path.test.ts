import { memoryStore } from '@flairgate/core';
import { createService, serviceApp } from '@flairgate/server';
import request from 'supertest';
import { describe, expect, it } from 'vitest';

async function at(issuer: string) {
  const store = await memoryStore({ masterKey: Buffer.alloc(32, 1) });
  const service = await createService({ store, issuer, audience: 'test' });
  const http = request(serviceApp(service));
  return {
    http,
    async close() {
      await service.close();
      await store.close();
    },
  };
}

const METADATA = '/.well-known/oauth-authorization-server';

describe('a service that a proxy serves under a path', () => {
  it('a service under a path names the path in its description, and gives its metadata where clients look', async () => {
    const { http, close } = await at('https://example.com/auth/');
    const description = JSON.parse((await http.get('/openapi.json').expect(200)).text);
    expect(description.servers).toMatchObject([{ url: '/auth' }]);
    const [own, elsewhere] = await Promise.all([http.get(METADATA), http.get(`${METADATA}/auth`)]);
    expect(elsewhere.text).toBe(own.text);
    expect(JSON.parse(own.text)).toMatchObject({ token_endpoint: 'https://example.com/auth/oauth/token' });
    await close();
  });

  it.each(['https://example.com', 'https://example.com/', 'no url', 'https://example.com/:id/(a)'])(
    'a service has no other place for its metadata at the root, and for an unusual issuer: %s',
    async (issuer) => {
      const { http, close } = await at(issuer);
      expect(JSON.parse((await http.get('/openapi.json')).text).servers).toMatchObject([{ url: '/' }]);
      await http.get(METADATA).expect(200);
      await http.get(`${METADATA}/auth`).expect(404);
      await close();
    },
  );
});
