import { listKeys, revokeKey, rotateKey, updateKey } from '@flairgate/core/administration';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { done, operator } from '../flow/running-service.ts';
import { skipsBrowser } from './browser.ts';
import { goTo, type OpenedConsole, signInWithOrganizationKey, startNewKey, takeSecret } from './open-console.ts';
import { enter, newOrganizationKey, setUpConsole } from './set-up-console.ts';

describe.skipIf(skipsBrowser)('the page of a key', () => {
  let opened: OpenedConsole;
  let page: Page;

  setUpConsole({
    begin(test) {
      ({ opened, page } = test);
    },
  });

  const signInHere = () => enter({ opened, page });
  const newKey = (name: string, permissions: readonly string[] = []) =>
    newOrganizationKey(opened, { name, permissions });
  const keyNamed = async (name: string) => {
    const { entries } = await done(listKeys(opened.administration, operator, { oid: opened.oid }));
    const found = entries.find(({ key }) => key.name === name);
    if (found === undefined) throw new Error(`no key ${name}`);
    return found.key;
  };
  const section = (name: string) => page.getByRole('region', { name });

  it('the page of a key has its own address, and says what the key may do, who made it and when each secret was used', async () => {
    const { keyId } = await newKey('reader[segment]', ['dr.list', 'output.list', 'output.set']);
    await done(rotateKey(opened.administration, operator, { oid: opened.oid, keyId, overlapSeconds: 3600 }));
    await signInHere();
    await page.getByRole('link', { name: 'reader[segment]', exact: true }).click();
    await page.waitForURL(new RegExp(`#/keys/${keyId}$`));
    await page.getByRole('heading', { name: 'reader[segment]', level: 1 }).waitFor();
    expect(await page.title()).toBe('reader[segment] - Flairgate console');
    const said = await section('What it may do').textContent();
    expect(said).toContain('It can read dr and output, and change output.');
    expect(said).toContain('It sees only what it created.');
    expect(said).toContain('It can be used from any address.');
    expect(await section('About').textContent()).toMatch(/Created.* by test/);
    expect(await section('Secrets').getByRole('row').count()).toBe(3);
    expect(await section('Permissions').getByText('list').count()).toBe(2);
    await section('Audit').getByText('Gave a new secret to the key').waitFor();
    await section('Audit').getByText('Created the key').waitFor();
    expect(await section('Audit').getByText('manager').count()).toBe(0);
  });

  it('the page of a key changes its description, ranges, permissions and expiry, and nothing over another change', async () => {
    const { keyId } = await newKey('edited', ['dr.list', 'dr.set']);
    await signInHere();
    await page.getByRole('link', { name: 'edited', exact: true }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Description').fill('for the importer');
    await dialog.getByLabel('Address ranges').fill('nowhere');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByLabel('Address ranges').getAttribute('aria-invalid')).toBe('true');
    await dialog.getByLabel('Address ranges').fill('192.0.2.0/24');
    await dialog.getByLabel('Expires', { exact: true }).selectOption('In 30 days');
    await dialog.getByLabel('Find a permission').fill('dr.');
    expect(await dialog.getByRole('checkbox').count()).toBe(2);
    await dialog.getByRole('checkbox', { name: /^dr\.set / }).uncheck();
    await dialog.getByText('are revoked when you save').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await section('What it may do').getByText('It can be used only from 192.0.2.0/24.').waitFor();
    const changed = await keyNamed('edited');
    expect(changed).toMatchObject({
      description: 'for the importer',
      ranges: ['192.0.2.0/24'],
      permissions: ['dr.list'],
    });
    expect(changed.expiresAt).toBeGreaterThan(Date.now() + 29 * 86_400_000);

    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('Address ranges').fill('198.51.100.0/24');
    const reference = { oid: opened.oid, keyId, version: '*' };
    await done(updateKey(opened.administration, operator, { ...reference, expiresAt: null }));
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('It was changed after you opened it').waitFor();
    expect(await keyNamed('edited')).toMatchObject({ ranges: ['192.0.2.0/24'] });
  });

  it('the page of a key rotates, disables and revokes it, and a revoked key is listed and can be created again', async () => {
    await newKey('partner[lock]', ['dr.list']);
    await signInHere();
    await page.getByRole('link', { name: 'partner[lock]', exact: true }).click();
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('curl -H "x-api-key: $FLAIRGATE_KEY"').waitFor();
    await takeSecret(page);
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
    await section('About').getByText('disabled').waitFor();
    await page.getByRole('button', { name: 'Revoke' }).click();
    const question = page.getByRole('alertdialog');
    expect(await question.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
    await question.getByLabel('Type the name to confirm').fill('partner[lock]');
    await question.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('There is no valid key with this id').waitFor();
    await page.locator('.notice').getByRole('link', { name: 'Revoked keys' }).click();
    await page.getByRole('heading', { name: 'Revoked keys', level: 1 }).waitFor();
    await page.getByText('What a new key continues').click();
    await page.getByText('it owns what that key created').waitFor();
    await page.getByRole('button', { name: 'Re-create partner[lock]' }).click();
    await page.getByRole('heading', { name: 'New key', level: 1 }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('partner[lock]');
    await page.getByText('it owns what that key created').waitFor();
    await page.getByText('It can read dr, and change nothing.').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('It continues the dead key of this name').waitFor();
    await takeSecret(page);
    await page.getByRole('heading', { name: 'partner[lock]', level: 1 }).waitFor();
    expect(await keyNamed('partner[lock]')).toMatchObject({ permissions: ['dr.list'] });
  });

  it('a new key expires in 90 days unless another choice is made, and a warning stands beside never', async () => {
    await signInHere();
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill('proposed');
    await page.getByText('Until ').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    await takeSecret(page);
    const days = ((await keyNamed('proposed')).expiresAt ?? 0) / 86_400_000 - Date.now() / 86_400_000;
    expect(Math.round(days)).toBe(90);
    await goTo(page, 'Keys');
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill('for ever');
    await page.getByLabel('Expires', { exact: true }).selectOption('Never');
    await page.getByText('A key that never expires stays valid if it is lost').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    await takeSecret(page);
    expect(await keyNamed('for ever')).toMatchObject({ expiresAt: null });
  });

  it('a whole area, or what only reads in it, is selected with one press', async () => {
    await signInHere();
    await startNewKey(page);
    await page.getByLabel('Find a permission').fill('dr.');
    await page.getByRole('button', { name: 'All of dr', exact: true }).click();
    const boxes = page.locator('.area', { hasText: 'dr.list' }).getByRole('checkbox');
    const states = () => boxes.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).checked));
    expect(await states()).not.toContain(false);
    await page.getByRole('button', { name: 'Only reading of dr', exact: true }).click();
    expect(new Set(await states())).toEqual(new Set([true, false]));
    await page.getByRole('region', { name: 'What the key will see and do' }).getByText('and change nothing').waitFor();
    await page.getByRole('button', { name: 'None of dr', exact: true }).click();
    await page.getByText('The key has no permission: it can only say who it is.').waitFor();
  });

  it('a secret is copied and downloaded with the name of its key', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await signInHere();
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill('downloaded');
    await page.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByLabel('New key', { exact: true });
    const secret = (await shown.textContent()) ?? '';
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(`# downloaded\nFLAIRGATE_KEY=${secret}\n`);
    await takeSecret(page);
  });

  it('the page of a key that a segmented caller may not see says no more than that of a revoked one', async () => {
    const { keyId } = await newKey('hidden');
    const gone = await newKey('gone');
    await done(revokeKey(opened.administration, operator, { oid: opened.oid, keyId: gone.keyId }));
    const { text } = await newKey('looker[segment]', ['apikey.ctrl']);
    await signInWithOrganizationKey(page, opened.oid, text);
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    const read = async (id: string) => {
      await page.evaluate((to) => window.location.assign(`#/keys/${to}`), id);
      await page.getByText('There is no valid key with this id').waitFor();
      return ((await page.locator('main').textContent()) ?? '').replaceAll(id, '');
    };
    expect(await read(keyId)).toBe(await read(gone.keyId));
  });

  it('a search finds a key beyond the newest ones, which are shown while the others are read', async () => {
    await newKey('oldest of all');
    for (let index = 0; index < 55; index += 1) await newKey(`filler ${index}`);
    const held: (() => void)[] = [];
    const isWhole = (url: URL) => url.pathname === `/v1/orgs/${opened.oid}/keys` && url.search === '';
    await page.route(isWhole, async (route) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await route.continue();
    });
    await signInHere();
    await page.getByText('The 50 newest keys; reading the others').waitFor();
    expect(await page.getByRole('link', { name: 'filler 54', exact: true }).count()).toBe(1);
    await page.getByLabel('Find a key').fill('oldest of all');
    await page.getByText('None of the newest keys fits. The others are being read.').waitFor();
    for (const release of held) release();
    await page.getByRole('link', { name: 'oldest of all', exact: true }).waitFor();
    expect(await page.getByLabel('Find a key').inputValue()).toBe('oldest of all');
  });

  it('a key is revoked by keyboard alone, in at most 30 tabs from the sign-in', async () => {
    await newKey('by keyboard');
    let tabs = 0;
    const tabTo = async (selector: string) => {
      for (;;) {
        tabs += 1;
        expect(tabs, selector).toBeLessThanOrEqual(30);
        await page.keyboard.press('Tab');
        if (await page.evaluate((sought) => document.activeElement?.matches(sought) === true, selector)) return;
      }
    };
    const tabToName = async (name: string) => {
      for (;;) {
        tabs += 1;
        expect(tabs, name).toBeLessThanOrEqual(30);
        await page.keyboard.press('Tab');
        const at = await page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
        );
        if (at === name) return;
      }
    };
    await tabTo('.input[type=text]');
    await page.keyboard.type(opened.uid);
    await tabTo('.input[type=password]');
    await page.keyboard.type(opened.userKey.text);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
    await page.getByRole('button', { name: /acme/ }).waitFor();
    await tabTo('.row-button');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await page.getByRole('row', { name: /by keyboard/ }).waitFor();
    await tabTo('input[type=search]');
    await page.keyboard.type('by keyboard');
    await page.getByText(/^1 of /).waitFor();
    await tabToName('Actions for by keyboard');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Revoke' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor();
    if (!(await page.evaluate(() => document.activeElement?.matches('.input') === true))) await tabTo('.input');
    await page.keyboard.type('by keyboard');
    await tabToName('Revoke');
    await page.keyboard.press('Enter');
    await page.getByText('Revoked by keyboard').waitFor();
    expect(tabs).toBeGreaterThan(5);
  });
});
