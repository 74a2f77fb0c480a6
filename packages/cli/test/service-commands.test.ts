import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;

let place: Workplace;
let oid: string;

beforeAll(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com'])).oid);
}, timeout);
afterAll(() => place.remove());

describe('service keys', { timeout }, () => {
  it('service keys are made, listed without their secret, and ended', async () => {
    const exchange = ['--may-exchange', 'sensors=dr.list,output.*', '--may-exchange', 'audit='];
    const made = await place.json(['service', 'create', '--name', 'rules', '--org', oid, ...exchange]);
    expect(made).toEqual({ key: expect.stringMatching(/^fg_/), key_hash: expect.any(String), name: 'rules' });
    const hash = String(made.key_hash);
    const listed = await place.run(['service', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toEqual({
      items: [
        {
          key_hash: hash,
          name: 'rules',
          organizations: [oid],
          may_exchange: { sensors: ['dr.list', 'output.*'], audit: [] },
          created: expect.any(Number),
          expires: null,
        },
      ],
    });
    expect(listed.stdout).not.toContain(String(made.key));
    expect(await place.json(['service', 'revoke', '--hash', hash])).toEqual({ key_hash: hash, revoked: true });
    expect(await place.json(['service', 'list'])).toEqual({ items: [] });
  });

  it.each([
    ['no organization', []],
    ['one and all', ['--org', '0f8fad5b-d9cb-469f-a165-70867728950e', '--all-orgs']],
    ['an exchange without permissions', ['--all-orgs', '--may-exchange', 'sensors']],
  ])('service keys are not made with %s', async (_what, args) => {
    const { exit, stdout } = await place.run(['service', 'create', '--name', 'rules', ...args]);
    expect(exit).not.toBe(0);
    expect(stdout).toBe('');
  });
});
