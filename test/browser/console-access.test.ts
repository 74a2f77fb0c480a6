import { createKey, listKeys } from '@flairgate/core/administration';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { done, operator } from '../flow/running-service.ts';
import { skipsBrowser } from './browser.ts';
import {
  type Complaints,
  expectAccessible,
  expectFitting,
  goTo,
  type OpenedConsole,
  signInWithOrganizationKey,
} from './open-console.ts';
import { enter, newOrganizationKey, setUpConsole } from './set-up-console.ts';

const DAY_MS = 86_400_000;

describe.skipIf(skipsBrowser)('who one is and what keys see and use, in the console', () => {
  let opened: OpenedConsole;
  let page: Page;
  let complaints: Complaints;

  setUpConsole({
    begin(test) {
      ({ opened, page, complaints } = test);
    },
  });

  const signInHere = () => enter({ opened, page });
  const newKey = (name: string, permissions: readonly string[] = []) =>
    newOrganizationKey(opened, { name, permissions });
  const section = (name: string) => page.getByRole('region', { name, exact: true });

  /** The screen fits a phone and a desk, and axe finds nothing, in light and dark. */
  async function expectSound() {
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    // The other rules do not depend on colors.
    await expectAccessible(page, ['color-contrast']);
    await page.emulateMedia({ colorScheme: 'light' });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await expectFitting(page);
    }
  }

  it('the profile has the ids to copy, the end of the token, the own keys, and permissions with what they allow', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await signInHere();
    await goTo(page, 'Profile');
    for (const [label, value] of [
      ['User id', opened.uid],
      ['Organization id', opened.oid],
    ] as const) {
      await section('You')
        .getByRole('button', { name: `Copy ${label}` })
        .click();
      await section('You').getByText('Copied').first().waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
    }
    await section('Your token')
      .getByText(/^in (?:60|59) minutes$/)
      .waitFor();
    const exchanges = () => complaints.addresses.filter((address) => address.endsWith('/jwt')).length;
    const before = exchanges();
    await section('Your token').getByRole('button', { name: 'Renew now' }).click();
    await vi.waitFor(() => expect(exchanges()).toBe(before + 1), { timeout: 30_000 });
    await section('Your keys')
      .getByRole('row', { name: /laptop.*you are signed in with it/ })
      .waitFor();
    const held = section('Your permissions in this organization');
    await held.getByLabel('Find a permission').fill('apikey.ctrl');
    const { permissions } = await (await fetch(`${opened.running.url}/owner_permissions`)).json();
    const { description } = permissions.find(({ name }: { name: string }) => name === 'apikey.ctrl');
    await held.getByRole('row', { name: `apikey.ctrl privileged ${description}` }).waitFor();
    await held.getByText(/^1 of \d+ permissions$/).waitFor();
    await expectSound();
  });

  it('the profile of an organization key has no user, and only the permissions of the key', async () => {
    const { text } = await newKey('reader[segment]', ['dr.list']);
    await signInWithOrganizationKey(page, opened.oid, text);
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await goTo(page, 'Profile');
    await section('You').getByText('belongs to no user').waitFor();
    await section('You').getByText('you see only what it created').waitFor();
    await page.getByText('1 of 1 permissions').waitFor();
    await goTo(page, 'REST API');
    await page.getByText('cannot see ingestion keys').waitFor();
    await page.getByText('cannot see and change federations').waitFor();
  });

  it('the REST API screen has every permission, ingestion keys and federations', async () => {
    await done(
      createKey(opened.administration, operator, {
        owner: { kind: 'ingestion', oid: opened.oid },
        name: 'logs',
        permissions: [],
      }),
    );
    await signInHere();
    await goTo(page, 'REST API');
    const { perms } = await (await fetch(`${opened.running.url}/owner_permissions`)).json();
    await section('Permissions').getByText(`${perms.length} of ${perms.length} permissions`).waitFor();
    await section('Permissions').getByRole('button', { name: 'Next' }).click();
    await section('Permissions').getByText(`26 to 50 of ${perms.length}`).waitFor();
    await section('Ingestion keys').getByText('logs').waitFor();
    const federations = section('Federations');
    await federations.getByText('There is no federation yet.').waitFor();
    await federations.getByRole('button', { name: 'New federation' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('deploy[segment]');
    await dialog.getByLabel('Issuer').fill('https://nowhere.example');
    await dialog.getByLabel('Audience').fill('flairgate');
    await dialog.getByLabel('Claims that its tokens must have').fill('repository_id=74, ref=refs/heads/main');
    await dialog.getByRole('button', { name: 'Create federation' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Issuer').fill('https://token.actions.githubusercontent.com');
    await dialog.getByRole('button', { name: 'Create federation' }).click();
    await federations.getByText('repository_id=74').waitFor();
    await expectSound();
    await federations.getByRole('button', { name: 'Delete deploy[segment]' }).click();
    await page.getByRole('alertdialog').getByLabel('Type the name to confirm').fill('deploy[segment]');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await federations.getByText('There is no federation yet.').waitFor();
  });

  it('the token inspector decodes a token in the page, and sends nothing', async () => {
    const answer = await fetch(`${opened.running.url}/jwt`, {
      method: 'POST',
      body: new URLSearchParams({ uid: opened.uid, secret: opened.userKey.text }),
    });
    const { jwt } = await answer.json();
    await signInHere();
    await goTo(page, 'REST API');
    await section('Permissions').getByRole('table').waitFor();
    await page.waitForLoadState('networkidle');
    const before = complaints.addresses.length;
    const inspector = section('Token inspector');
    await inspector.getByLabel('Token', { exact: true }).fill('not.a-token');
    await inspector.getByRole('alert').waitFor();
    await inspector.getByLabel('Token', { exact: true }).fill(`  ${jwt}\n`);
    const decoded = page.getByRole('region', { name: 'Decoded token' });
    await decoded.getByText('ann@acme.example').first().waitFor();
    await decoded.getByText('https://auth.example').first().waitFor();
    await decoded.getByText('Header and claims').click();
    await decoded.getByText('"alg"').waitFor();
    const { oid } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
    if (oid !== undefined) expect(Object.keys(oid)).toContain(opened.oid);
    await decoded
      .getByText(oid === undefined ? 'for 2 organizations' : opened.oid)
      .first()
      .waitFor();
    await expectSound();
    expect(complaints.addresses.slice(before)).toEqual([]);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([
      0,
      0,
      '',
    ]);
  });

  it('the page of a key shows its usage by day, and takes unused permissions from it after a question', async () => {
    const { keyId } = await newKey('worker', ['dr.list', 'dr.set', 'org.get']);
    const today = Math.floor(Date.now() / DAY_MS);
    const sums = { oid: opened.oid, keyId, denials: 2, limited: 1, permissions: { 'dr.list': 40 } };
    await opened.administration.store.write(async (tx) => {
      await tx.insert('usage', { ...sums, day: today, calls: 40 });
      await tx.insert('usage', { ...sums, day: today - 3, calls: 2, denials: 0 });
    });
    await signInHere();
    await page.getByRole('link', { name: 'worker', exact: true }).click();
    const usage = section('Usage');
    await usage.getByRole('img', { name: /^42 calls, 4 of them refused/ }).waitFor();
    await usage.getByText('Used 1 of 3 permissions in 30 days.').waitFor();
    await usage.getByText('Numbers by day').click();
    const day = new Date(today * DAY_MS).toISOString().slice(0, 10);
    await usage.getByRole('row', { name: `${day} 40 2 1` }).waitFor();
    await expectSound();
    await usage.getByRole('button', { name: 'Remove unused permissions' }).click();
    const question = page.getByRole('alertdialog');
    const listed = (name: string) => question.getByRole('list', { name }).getByRole('listitem').allTextContents();
    expect(await listed('Permissions that are removed')).toEqual(['dr.set', 'org.get']);
    expect(await listed('Permissions that stay')).toEqual(['dr.list']);
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Cancel' }).click();
    const granted = async () => {
      const { entries } = await done(listKeys(opened.administration, operator, { oid: opened.oid }));
      return entries.find(({ key }) => key.keyId === keyId)?.key.permissions;
    };
    expect(await granted()).toEqual(['dr.list', 'dr.set', 'org.get']);
    await usage.getByRole('button', { name: 'Remove unused permissions' }).click();
    await question.getByRole('button', { name: 'Remove', exact: true }).click();
    await usage.getByText('Used 1 of 1 permissions in 30 days.').waitFor();
    expect(await granted()).toEqual(['dr.list']);
  });

  it('the usage of the console shows keys without a call, and those with unused permissions', async () => {
    const { keyId } = await newKey('busy', ['org.get']);
    await newKey('idle', ['org.get']);
    await opened.administration.store.write((tx) =>
      tx.insert('usage', {
        oid: opened.oid,
        keyId,
        day: Math.floor(Date.now() / DAY_MS),
        calls: 7,
        denials: 0,
        limited: 0,
        permissions: { 'org.get': 7 },
      }),
    );
    await signInHere();
    await goTo(page, 'Usage');
    await page.getByRole('row', { name: /busy/ }).waitFor();
    await page.getByLabel('Show').selectOption('Keys without a call');
    await page.getByRole('row', { name: /idle/ }).waitFor();
    expect(await page.getByRole('row', { name: /busy/ }).count()).toBe(0);
    await page.getByLabel('Show').selectOption('Keys with unused permissions');
    await page.getByRole('row', { name: /idle/ }).waitFor();
    expect(await page.getByRole('row', { name: /busy/ }).count()).toBe(0);
    await expectSound();
  });

  it('see as lists what a key sees of a type, what is blank and what is locked by whom, as the explanations say', async () => {
    const maker = await newKey('maker[lock]', []);
    const { keyId, text } = await newKey('viewer[segment]', ['audit.get']);
    const { store } = opened.administration;
    const identityOf = async (id: string) =>
      store.read(async (tx) => (await tx.get('key', { keyId: id }))?.identity ?? '');
    const [viewer, locker] = [await identityOf(keyId), await identityOf(maker.keyId)];
    const row = { oid: opened.oid, type: 'rule', organization: opened.oid, generation: 1 };
    await store.write(async (tx) => {
      await tx.insert('ownership', { ...row, id: 'mine', createdBy: viewer, lockedBy: null, secretTo: null });
      await tx.insert('ownership', { ...row, id: 'locked', createdBy: viewer, lockedBy: locker, secretTo: null });
      await tx.insert('ownership', { ...row, id: 'blank', createdBy: viewer, lockedBy: null, secretTo: 'another' });
      await tx.insert('ownership', { ...row, id: 'hidden', createdBy: locker, lockedBy: null, secretTo: null });
      for (let n = 0; n < 60; n++) {
        await tx.insert('ownership', { ...row, id: `z${n}`, createdBy: null, lockedBy: null, secretTo: null });
      }
    });
    await signInHere();
    await page.getByRole('link', { name: 'viewer[segment]', exact: true }).click();
    await page.getByRole('link', { name: 'See as this key' }).click();
    await page.getByRole('heading', { name: 'See as', level: 1 }).waitFor();
    expect(await page.getByLabel('Key', { exact: true }).inputValue()).toBe(keyId);
    await page.getByLabel('Type of the resource').fill('rule');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('[segment]: it sees only what it created.').waitFor();
    const rowOf = (name: string) => page.getByRole('row', { name: new RegExp(`^${name} `) });
    await rowOf('mine').filter({ hasText: 'nothing is kept from it' }).waitFor();
    await rowOf('locked')
      .filter({ hasText: /locked by maker\[lock\]/ })
      .waitFor();
    await rowOf('blank')
      .filter({ hasText: /the content is secret to another key/ })
      .waitFor();
    await rowOf('hidden')
      .filter({ hasText: /did not create the resource/ })
      .waitFor();
    await page.getByLabel('Show').selectOption('What is blank to it');
    await page.getByText('1 of 50 that are loaded').waitFor();
    await page.getByLabel('Show').selectOption('All resources');
    await expectSound();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('64 of 64').waitFor();
    const { resources } = await (
      await fetch(`${opened.running.url}/v1/orgs/${opened.oid}/explain/resources`, {
        method: 'POST',
        headers: { 'x-api-key': text, 'content-type': 'application/json' },
        body: JSON.stringify({ key_hash: keyId, type: 'rule' }),
      })
    ).json();
    const ids = resources.map(({ id }: { id: string }) => id);
    expect(ids.sort()).toEqual(['blank', 'locked', 'mine']);
    await page.getByLabel('Show').selectOption('What it sees');
    expect((await page.getByRole('rowheader').allTextContents()).sort()).toEqual(ids);
    await goTo(page, 'Audit');
    await page
      .getByRole('row', { name: /Asked why a key sees what it sees: viewer\[segment\]/ })
      .first()
      .waitFor();
    await expectSound();
  });

  it('the screens say that the service does not answer, and read again on request', async () => {
    await signInHere();
    await page.route('**/owner_permissions', (route) => route.abort());
    await page.route('**/usage?*', (route) => route.abort());
    await goTo(page, 'Profile');
    await section('Your permissions in this organization').getByRole('alert').waitFor({ timeout: 60_000 });
    await goTo(page, 'Usage');
    await page.getByRole('alert').waitFor({ timeout: 60_000 });
    await page.unroute('**/usage?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('img').first().waitFor();
    await page.unroute('**/owner_permissions');
  });
});
