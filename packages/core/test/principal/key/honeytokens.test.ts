import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createAuthenticator, type HoneytokenEvent, isDenial } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { createHoneytokens } from '@flairgate/core/internal';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { must, OPERATOR, openAdministrationFixture, organizationKey } from '../../administration/fixture.js';

let heard: HoneytokenEvent[] = [];
const listen = (event: unknown) => void heard.push(event as HoneytokenEvent);

beforeEach(() => {
  heard = [];
  subscribe('flairgate:honeytoken', listen);
});
afterEach(() => void unsubscribe('flairgate:honeytoken', listen));

async function openWithKey(honeytoken: boolean) {
  const setting = await openAdministrationFixture();
  const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
  const made = await organizationKey(setting, oid, 'backup', ['dr.list'], { honeytoken, ranges: ['192.0.2.0/24'] });
  return { ...setting, ...made, oid };
}

type Opened = Awaited<ReturnType<typeof openWithKey>>;

const auditOf = ({ store, oid }: Opened) => store.read((tx) => tx.find('audit', { oid, action: 'key.honeytoken' }));

it('the first use of a honeytoken is told once, of whatever process and however many at once', async () => {
  const opened = await openWithKey(true);
  const { store, clock, text, keyId, oid } = opened;
  for (let process = 0; process < 2; process += 1) {
    const authenticator = createAuthenticator({ store, clock });
    const use = () => authenticator.authenticate({ kind: 'api-key', text }, '192.0.2.7');
    expect((await Promise.all(Array.from({ length: 20 }, use))).some(isDenial)).toBe(false);
    await authenticator.close();
  }
  const event = { keyId, name: 'backup', oid, uid: undefined, address: '192.0.2.7', at: clock.wall() };
  expect(heard).toEqual([event]);
  expect(await auditOf(opened)).toMatchObject([{ target: keyId, actorName: 'backup', address: '192.0.2.7' }]);
});

it('a use of a honeytoken from a wrong address is told too, and is answered as ever', async () => {
  const opened = await openWithKey(true);
  const answer = await opened.authenticator.authenticate({ kind: 'api-key', text: opened.text }, '198.51.100.1');
  expect(answer).toMatchObject({ code: 'ERR_KEY_INVALID' });
  await opened.authenticator.close();
  expect(heard).toMatchObject([{ keyId: opened.keyId, address: '198.51.100.1' }]);
});

it('a honeytoken tells nothing of other keys, nor of a wrong text', async () => {
  const opened = await openWithKey(false);
  const wrong = `${opened.text.slice(0, -7)}${opened.text.at(-7) === 'A' ? 'B' : 'A'}${opened.text.slice(-6)}`;
  for (const text of [opened.text, wrong])
    await opened.authenticator.authenticate({ kind: 'api-key', text }, '192.0.2.7');
  await opened.authenticator.close();
  expect(heard).toEqual([]);
  expect(await auditOf(opened)).toEqual([]);
});

it('a use of a honeytoken that could not be written down is told at the next use', async () => {
  const opened = await openWithKey(true);
  const [key] = await opened.store.read((tx) => tx.find('key', { keyId: opened.keyId }));
  if (key === undefined) throw new Error('no key');
  let isDown = true;
  const write: typeof opened.store.write = (work) =>
    isDown ? Promise.reject(new Error('down')) : opened.store.write(work);
  const honeytokens = createHoneytokens({ ...opened.store, write }, opened.clock.wall);
  honeytokens.used(key, undefined);
  await honeytokens.settled();
  expect(heard).toEqual([]);
  isDown = false;
  honeytokens.used(key, undefined);
  honeytokens.used(key, undefined);
  await honeytokens.settled();
  expect(heard).toHaveLength(1);
});
