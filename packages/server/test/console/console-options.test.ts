import { memoryStore } from '@flairgate/core';
import { createService, type ServiceOptions } from '@flairgate/server';
import { describe, expect, it } from 'vitest';

const oidc = { issuer: 'https://login.example', clientId: 'console' };

async function open(options: Partial<ServiceOptions>) {
  const store = await memoryStore();
  const consoleFolder = `${import.meta.dirname}/../../../console/dist/page`;
  const service = await createService({
    issuer: 'https://auth.example',
    audience: 'x',
    consoleFolder,
    ...options,
    store,
  });
  await service.close();
}

describe('the options of the console', () => {
  it.each<readonly [RegExp, Partial<ServiceOptions>]>([
    [/^console\.oicd: unknown option; did you mean oidc\?|oidc/, { console: { oicd: oidc } as never }],
    [/^console: must be set together with consoleFolder/, { consoleFolder: undefined as never, console: { oidc } }],
    [
      /^console\.oidc\.issuer: must be an https URL/,
      { console: { oidc: { ...oidc, issuer: 'http://login.example' } } },
    ],
    [/^console\.oidc\.issuer: must be an https URL/, { console: { oidc: { ...oidc, issuer: 'login' } } }],
    [/^console\.oidc\.clientId: must be text/, { console: { oidc: { ...oidc, clientId: '' } } }],
    [/^console\.oidc\.clientSecret: must be text/, { console: { oidc: { ...oidc, clientSecret: ' ' } } }],
    [/^console\.oidc\.label: must have 1 to 64/, { console: { oidc: { ...oidc, label: 'x'.repeat(65) } } }],
    [
      /^console\.oidc\.scopes: must be a list of scopes that contains openid/,
      { console: { oidc: { ...oidc, scopes: ['email'] } } },
    ],
    [/^console\.publicUrl: must be the https URL/, { console: { oidc, publicUrl: 'http://auth.example' } }],
    [/^console\.publicUrl: must be the https URL/, { issuer: 'auth', console: { oidc } }],
    [
      /^console\.publicUrl: must be set together with console\.oidc/,
      { console: { publicUrl: 'https://auth.example' } },
    ],
    [/^console\.keySignIn: must be true without console\.oidc/, { console: { keySignIn: false } }],
    [/^console\.keySignIn: must be true or false/, { console: { oidc, keySignIn: 'no' as never } }],
  ])('wrong options of the console stop the start: %s', async (message, options) => {
    await expect(open(options)).rejects.toThrow(message);
  });

  it.each(['http://localhost:8787', 'http://127.0.0.1:8787/base/', 'https://auth.example/flairgate'])(
    'the console accepts a public URL of this machine or with https: %s',
    async (publicUrl) => {
      await open({ console: { oidc, publicUrl } });
    },
  );
});
