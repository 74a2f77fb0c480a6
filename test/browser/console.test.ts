import { createKey, createUser } from '@flairgate/core/administration';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { done, operator } from '../flow/running-service.ts';
import { skipsBrowser } from './browser.ts';
import {
  type Complaints,
  chooseAction,
  expectAccessible,
  expectFitting,
  goTo,
  type OpenedConsole,
  revokeInRow,
  signIn,
  signInWithOrganizationKey,
  startNewKey,
  takeSecret,
} from './open-console.ts';
import { setUpConsole } from './set-up-console.ts';

const SCREENS = [
  'Keys',
  'My keys',
  'Ingestion keys',
  'Users',
  'Groups',
  'API users',
  'Policies',
  'Invitations',
  'Audit',
  'Usage',
  'See as',
];

/** Looks of the page. Checks that depend on the look run in each, all others in one. */
const LOOKS = [
  { colorScheme: 'light', width: 1280, check: (page: Page) => expectAccessible(page) },
  { colorScheme: 'dark', width: 1280, check: (page: Page) => expectAccessible(page, ['color-contrast']) },
  { colorScheme: 'light', width: 360, check: expectFitting },
] as const;

describe.skipIf(skipsBrowser)('the console', () => {
  let opened: OpenedConsole;
  let page: Page;
  let complaints: Complaints;

  setUpConsole({
    begin(test) {
      ({ opened, page, complaints } = test);
    },
  });

  const person = () => ({ uid: opened.uid, key: opened.userKey.text, name: 'acme' });

  async function statusOf(key: string): Promise<number> {
    return (await opened.running.send({ method: 'GET', path: '/v1/who', headers: { 'x-api-key': key } })).status;
  }

  it('the console creates a key with a flair, shows it once, rotates it and revokes it', async () => {
    await signIn(page, person());
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill('vendor[segment]');
    await page.getByText('sees only what it created').waitFor();
    await page.getByLabel('Description').fill('for the vendor');
    await page.getByLabel('Find a permission').fill('dr.list');
    await page.getByRole('checkbox', { name: 'dr.list list detection' }).check();
    await page.getByRole('button', { name: 'Create key' }).click();
    const first = await takeSecret(page);
    expect(await page.content()).not.toContain(first);
    expect(await statusOf(first)).toBe(200);
    await page.getByRole('heading', { name: 'vendor[segment]', level: 1 }).waitFor();
    await goTo(page, 'Keys');
    const row = page.getByRole('row', { name: /vendor\[segment\]/ });
    await row.getByText('active').waitFor();
    await row.getByText('dr.list').waitFor();

    await chooseAction(page, 'vendor[segment]', 'Rotate');
    await page.getByLabel('Keep the old secret for').selectOption('1 day');
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    const second = await takeSecret(page);
    expect(second).not.toBe(first);
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
    await row.getByText('rotating').waitFor();

    await chooseAction(page, 'vendor[segment]', 'Disable');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
    await row.getByText('disabled').waitFor();
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 401]);
    await chooseAction(page, 'vendor[segment]', 'Enable');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Enable' }).click();
    await row.getByText('rotating').waitFor();
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);

    await revokeInRow(page, 'vendor[segment]');
    await row.waitFor({ state: 'detached' });
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 401]);
  });

  it('the console shows the problem of a misspelt flair while it is typed, and the error of the service', async () => {
    await signIn(page, person());
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill('vendor[segement]');
    await page.getByText('[segement] is not a flair; the nearest is [segment]').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    const said = await page.getByRole('alert').textContent();
    expect(said).toMatch(/no such flair .* the nearest is \[segment\]/);
  });

  it('the console keeps a secret on the page until the user confirms that it is kept', async () => {
    await signIn(page, person());
    await goTo(page, 'My keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('tablet');
    await page.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByLabel('New key', { exact: true });
    await shown.waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    expect(await shown.isVisible()).toBe(true);
    expect(await statusOf(await takeSecret(page))).toBe(200);
    expect(await shown.count()).toBe(0);
  });

  it('the console edits a policy that applies from the next request of an API user', async () => {
    await signIn(page, person());
    await goTo(page, 'Groups');
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name', { exact: true }).fill('importers');
    await page.getByRole('button', { name: 'Create group' }).click();
    await goTo(page, 'API users');
    await page.getByRole('button', { name: 'New API user' }).click();
    await page.getByLabel('Name', { exact: true }).fill('crm');
    await page.getByRole('button', { name: 'Create user' }).click();
    const uid = (await page.getByRole('row', { name: /crm/ }).getByTitle('User id').textContent()) ?? '';
    await page.getByRole('button', { name: 'Create key: crm' }).click();
    await page.getByRole('button', { name: 'Create key', exact: true }).click();
    const key = await takeSecret(page);

    await goTo(page, 'Groups');
    await page.locator('summary', { hasText: 'importers' }).click();
    await page.getByLabel('E-mail address, or uid of an API user').fill(uid);
    await page.getByRole('region', { name: 'Members' }).getByRole('button', { name: 'Add' }).click();
    await page.getByRole('region', { name: 'Members' }).getByRole('listitem').waitFor();
    await page.getByRole('button', { name: 'Attach this organization' }).click();
    await page.getByRole('region', { name: 'Attached to' }).getByText('acme').waitFor();

    await goTo(page, 'API users');
    await page.getByRole('row', { name: /crm/ }).getByRole('cell', { name: '1', exact: true }).waitFor();

    const permissions = async () => {
      const { body } = await opened.running.send({ method: 'GET', path: '/v1/who', headers: { 'x-api-key': key } });
      return body.perms;
    };
    expect(await permissions()).toEqual([]);
    await goTo(page, 'Policies');
    await page.getByRole('button', { name: 'New policy' }).click();
    await page.getByLabel('Name', { exact: true }).fill('sales');
    await page.getByLabel('Add a group').selectOption('importers');
    await page.getByLabel('importers may read company').check();
    await page.getByLabel('importers may add company').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Edit sales' }).waitFor();
    expect(await permissions()).toEqual(['company.add', 'company.read']);

    await page.getByRole('button', { name: 'Edit sales' }).click();
    await page.getByLabel('importers may add company').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('version 2').waitFor();
    expect(await permissions()).toEqual(['company.read']);
  });

  it('the console shows an invited user as not accepted until that user accepts in the console', async () => {
    const { administration, oid } = opened;
    const email = 'dora@acme.example';
    const invited = await done(createUser(administration, operator, { email }));
    const key = await done(
      createKey(administration, operator, { owner: { kind: 'user', uid: invited.uid }, name: 'laptop' }),
    );
    await signIn(page, person());
    await goTo(page, 'Users');
    await page.getByRole('button', { name: 'Invite user' }).click();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    const row = page.getByRole('row', { name: /dora@acme/ });
    await row.getByText('has not accepted').waitFor();
    await goTo(page, 'Keys');
    await page.getByRole('button', { name: 'Sign out' }).click();

    await page.getByLabel('User id').fill(invited.uid);
    await page.getByLabel('Key', { exact: true }).fill(key.text);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Accept acme' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Decline acme' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Accept acme' }).click();
    await page.getByRole('button', { name: `acme ${oid}` }).waitFor();
    expect(await page.getByRole('button', { name: 'Accept acme' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();

    await signIn(page, person());
    await goTo(page, 'Users');
    await row.waitFor();
    expect(await row.getByText('has not accepted').count()).toBe(0);
  });

  it('the console shows the permission that a key lacks, and what only a user can do', async () => {
    const made = createKey(opened.administration, operator, {
      owner: { kind: 'organization', oid: opened.oid },
      name: 'reader',
      permissions: ['dr.list'],
    });
    await signInWithOrganizationKey(page, opened.oid, (await done(made)).text);
    await page.getByText('Missing permission:').waitFor();
    expect(await page.locator('.notice').textContent()).toContain('apikey.ctrl');
    await goTo(page, 'Audit');
    expect(await page.locator('.notice').textContent()).toContain('audit.get');
    await goTo(page, 'Groups');
    expect(await page.locator('.notice').textContent()).toContain('Only a user can manage groups');
  });

  it('the console shows the error of the service when a key is refused', async () => {
    await signInWithOrganizationKey(page, opened.oid, 'wrong');
    await page.getByRole('alert').getByText('Unknown api key').waitFor();
  });

  it('the console keeps the key only in memory: in no URL, no storage, and not after a reload', async () => {
    await signIn(page, person());
    for (const name of SCREENS) await goTo(page, name);
    const { text } = opened.userKey;
    expect(complaints.addresses.filter((address) => address.includes(text) || address.includes('eyJ'))).toEqual([]);
    expect(new Set(complaints.addresses.map((address) => new URL(address).origin))).toEqual(
      new Set([opened.running.url]),
    );
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    expect(stored).toEqual([0, 0, '']);
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it.each(LOOKS)(
    'the console is accessible and fits the window on every screen, $colorScheme, $width pixels wide',
    async (look) => {
      const { colorScheme, width, check } = look;
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      await check(page);
      await signIn(page, person());
      await startNewKey(page);
      await page.getByRole('button', { name: 'Reading only' }).click();
      await check(page);
      await goTo(page, 'Keys');
      await page.getByRole('link', { name: 'manager', exact: true }).click();
      await page.getByRole('region', { name: 'Audit' }).getByRole('table').waitFor();
      await check(page);
      await page.getByRole('link', { name: 'All keys' }).click();
      await page.getByRole('link', { name: 'Revoked keys' }).click();
      await page.locator('.waiting').waitFor({ state: 'detached' });
      await check(page);
      for (const name of SCREENS) {
        await goTo(page, name);
        await page.locator('.waiting').waitFor({ state: 'detached' });
        await check(page);
      }
    },
  );

  it('the console can be used by keyboard alone', async () => {
    await page.getByLabel("A user's key").focus();
    await page.keyboard.press('Tab');
    await page.keyboard.type(opened.uid);
    await page.keyboard.press('Tab');
    await page.keyboard.type(opened.userKey.text);
    await page.keyboard.press('Enter');
    const organization = page.getByRole('button', { name: 'acme' });
    await organization.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'My keys' }).focus();
    await page.keyboard.press('Enter');
    const newKey = page.getByRole('button', { name: 'New key' });
    await newKey.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
