import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  await place.json(['migrate']);
}, timeout);
afterAll(() => place.remove());

describe('setting put', { timeout }, () => {
  it('setting put changes the issuer that serve then needs, and setting list prints it', async () => {
    const issuer = 'https://auth.example.com';
    expect(await place.json(['setting', 'put', '--issuer', issuer])).toMatchObject({ issuer });
    expect(await place.json(['setting', 'list'])).toMatchObject({ issuer });
    const stopped = await place.run(['serve', '--port', '0'], { FLAIRGATE_ISSUER: 'https://other.example.com' });
    expect(stopped.stderr).toMatch(/^issuer: must be `https:\/\/auth\.example\.com`/);
    expect((await place.run(['setting', 'put'])).stderr).toMatch(/^--issuer or --audience: must be given/);
    expect((await place.run(['setting', 'put', '--issuer', 'auth'])).stderr).toMatch(/must be an http or https URL/);
  });
});
