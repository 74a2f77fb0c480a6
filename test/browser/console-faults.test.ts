import {
  createKey,
  createOrganization,
  createUser,
  joinUser,
  revokeKey,
  rotateKey,
  setRole,
} from '@flairgate/core/administration';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { done, operator } from '../flow/running-service.ts';
import { skipsBrowser } from './browser.ts';
import {
  chooseAction,
  expectAccessible,
  goTo,
  type OpenedConsole,
  revokeInRow,
  signInWithOrganizationKey,
  startNewKey,
  takeSecret,
} from './open-console.ts';
import { enter, newOrganizationKey, setUpConsole } from './set-up-console.ts';

describe.skipIf(skipsBrowser)('what the console says and shows', () => {
  let opened: OpenedConsole;
  let page: Page;
  /** Texts that the page is allowed to complain of in a test. */
  let expected: RegExp | undefined;

  setUpConsole({
    begin(test) {
      expected = undefined;
      ({ opened, page } = test);
    },
    mayComplain: (text) => expected?.test(text) === true,
  });

  const signInHere = () => enter({ opened, page });
  const newKey = (name: string, permissions: readonly string[] = [], expiresAt?: number) =>
    newOrganizationKey(opened, { name, permissions, ...(expiresAt === undefined ? {} : { expiresAt }) });
  const focused = () => page.evaluate(() => document.activeElement?.tagName);

  it('the console shows the error of a new key in view and at its field, at every height', async () => {
    await newKey('taken already');
    await signInHere();
    for (const [width, height] of [
      [1280, 800],
      [1366, 768],
      [320, 640],
    ] as const) {
      await page.setViewportSize({ width, height });
      await startNewKey(page);
      await page.getByLabel('Name', { exact: true }).fill('ranged');
      await page.getByLabel('Address ranges').fill('nowhere');
      await page.getByRole('button', { name: 'Create key' }).click();
      const alert = page.getByRole('alert');
      await alert.waitFor();
      const box = await alert.boundingBox();
      expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
      expect(await page.getByLabel('Address ranges').getAttribute('aria-invalid')).toBe('true');
      expect(await page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.value)).toBe('nowhere');
      await page.getByRole('link', { name: 'Cancel' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Throw away' }).click();
      await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    }
  });

  it('the console preselects the role that a user has, and shows it in the list', async () => {
    const { uid } = await done(createUser(opened.administration, operator, { email: 'vera@acme.example' }));
    await done(
      joinUser(opened.administration, operator, { uid, oid: opened.oid, permissions: ['dr.list'], role: 'member' }),
    );
    await done(
      setRole(opened.administration, operator, { oid: opened.oid, email: 'vera@acme.example', role: 'Operator' }),
    );
    await signInHere();
    await goTo(page, 'Users');
    const row = page.getByRole('row', { name: /vera@acme/ });
    await row.getByRole('cell', { name: 'Operator', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Role: vera@acme.example' }).click();
    const role = page.getByLabel('Role', { exact: true });
    expect(await role.inputValue()).toBe('Operator');
    expect(await page.getByRole('button', { name: 'Set role' }).isDisabled()).toBe(true);
    await role.selectOption('Basic');
    await page.getByRole('button', { name: 'Set role' }).click();
    await row.getByRole('cell', { name: 'Basic', exact: true }).waitFor();
  });

  it('the console computes the state of a key from the secrets that are still valid', async () => {
    const { keyId } = await newKey('rotated at once');
    await done(rotateKey(opened.administration, operator, { oid: opened.oid, keyId, overlapSeconds: 0 }));
    const twice = await newKey('rotating still');
    await done(
      rotateKey(opened.administration, operator, { oid: opened.oid, keyId: twice.keyId, overlapSeconds: 3600 }),
    );
    await signInHere();
    const state = page.getByRole('row', { name: /rotated at once/ }).locator('.state');
    await state.getByText('active').waitFor();
    for (const width of [1366, 1280, 1024]) {
      await page.setViewportSize({ width, height: 800 });
      // The dot stands beside its word, not above it.
      expect((await state.boundingBox())?.height).toBeLessThan(32);
    }
    await page
      .getByRole('row', { name: /rotating still/ })
      .getByText('rotating', { exact: false })
      .first()
      .waitFor();
    await chooseAction(page, 'rotating still', 'Rotate');
    await page.getByText('the oldest one stops working now').waitFor();
  });

  it('the console says before and after that a new key continues a dead one', async () => {
    const { keyId } = await newKey('partner[segment]');
    await done(revokeKey(opened.administration, operator, { oid: opened.oid, keyId }));
    await signInHere();
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill('partner[segment]');
    await page.getByText('it owns what that key created').waitFor();
    await page.getByText('It can read what is secret to that key').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('It continues the dead key of this name').waitFor();
    await page.getByRole('dialog', { name: 'New secret of partner[segment]' }).waitFor();
    await takeSecret(page);
  });

  it('the console tells a segmented key that its flair hides the rest', async () => {
    const { text } = await newKey('part[segment]', ['apikey.ctrl', 'audit.get', 'user.ctrl']);
    await signInWithOrganizationKey(page, opened.oid, text);
    await page.getByText('hides keys that this key did not create').waitFor();
    await page.getByText('Your key has created no key.').waitFor();
    await goTo(page, 'Audit');
    await page.getByText('hides what others did').waitFor();
    await goTo(page, 'Policies');
    await page.getByText('hides every policy').waitFor();
  });

  it('the console has presets that tick neither secrets nor the deletion of the organization', async () => {
    await signInHere();
    await startNewKey(page);
    for (const preset of [
      'Reading only, without secrets',
      'All but privileged, secrets and deletion of the organization',
    ]) {
      const button = page.getByRole('button', { name: preset });
      await button.click();
      expect(await button.getAttribute('aria-pressed')).toBe('true');
      for (const grave of ['secret.get', 'org.del']) {
        await page.getByLabel('Find a permission').fill(grave);
        expect(
          await page.getByRole('checkbox', { name: new RegExp(`^${grave.replace('.', '\\.')} `) }).isChecked(),
        ).toBe(false);
      }
      await page.getByLabel('Find a permission').fill('');
    }
    await page.getByLabel('Find a permission').fill('no such thing');
    await page.getByText('No permission has this').waitFor();
  });

  it('the console survives an answer of an unexpected shape, with the session and the menu', async () => {
    expected = /./;
    await signInHere();
    await page.route('**/v1/orgs/*/audit*', (route) => route.fulfill({ json: { foo: 1 } }));
    await page.getByRole('link', { name: 'Audit', exact: true }).click();
    await page.getByText('an answer that the page does not understand').waitFor();
    await page.unroute('**/v1/orgs/*/audit*');
    await goTo(page, 'Groups');
    await goTo(page, 'Keys');
  });

  it('the console says that it is offline, and lists read again with one press', async () => {
    await signInHere();
    await page.context().setOffline(true);
    await page.getByText('You are offline').waitFor();
    await page.getByRole('link', { name: 'Policies', exact: true }).click();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await page.context().setOffline(false);
    await page.getByText('You are offline').waitFor({ state: 'detached' });
    await again.click();
    await page.getByText('There is no policy yet').waitFor();
    await page.getByRole('button', { name: 'Refresh' }).click();
  });

  it('the console counts down to the time at which a limited caller may try again', async () => {
    await signInHere();
    await page.route('**/v1/orgs/*/policies*', (route) =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '600', 'content-type': 'application/problem+json' },
        body: JSON.stringify({ code: 'ERR_RATE_LIMITED', detail: 'too many requests', error: 'too many requests' }),
      }),
    );
    await page.getByRole('link', { name: 'Policies', exact: true }).click();
    await page.getByText('Try again in 600 s.').waitFor();
    await page.getByText('Try again in 598 s.').waitFor();
    await page.unroute('**/v1/orgs/*/policies*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('There is no policy yet').waitFor();
  });

  it('the console shows the current screen and the state of a key in forced colors', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    await signInHere();
    const current = page.locator('.menu a[aria-current]');
    expect(await current.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid');
    const dots = await page
      .locator('.state.on')
      .first()
      .evaluate((state) => getComputedStyle(state, '::before').borderTopWidth);
    expect(Number.parseFloat(dots)).toBeGreaterThan(1);
    await expectAccessible(page, ['color-contrast', 'aria-hidden-focus']);
    await page.emulateMedia({ forcedColors: null });
  });

  it('the console keeps the focus after sign-in, after a choice and after a row is gone', async () => {
    await newKey('to be revoked');
    await page.getByLabel('User id').fill(opened.uid);
    await page.getByLabel('Key', { exact: true }).fill(opened.userKey.text);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
    expect(await focused()).toBe('H1');
    await page.getByRole('button', { name: 'acme' }).click();
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    expect(await focused()).toBe('MAIN');
    const row = page.getByRole('row', { name: /to be revoked/ });
    await revokeInRow(page, 'to be revoked');
    await row.waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement !== document.body);
  });

  it('the console isolates names of other directions and marks names of mixed alphabets', async () => {
    await newKey('v\u0435ndor[segment]');
    await newKey('\u05e9\u05dc\u05d5\u05dd');
    await signInHere();
    await page
      .getByRole('row', { name: /v\u0435ndor/ })
      .getByText('mixed alphabets')
      .waitFor();
    const hebrew = page.locator('bdi', { hasText: '\u05e9\u05dc\u05d5\u05dd' });
    expect(await hebrew.count()).toBe(1);
  });

  it('the console previews the same refusals of a name as the service', async () => {
    await signInHere();
    await startNewKey(page);
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('vendor\uff3bsegment\uff3d');
    await page.getByText('only looks like a square bracket').waitFor();
    await name.fill('ven\u200bdor[segment]');
    await page.getByText('is invisible').waitFor();
    await name.fill('plain');
    await page.getByRole('link', { name: 'Audit', exact: true }).click();
    await page.getByRole('alertdialog', { name: 'Throw away what you typed?' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await name.inputValue()).toBe('plain');
    await page.getByRole('link', { name: 'Audit', exact: true }).click();
    await page.getByRole('button', { name: 'Throw away' }).click();
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();

    await goTo(page, 'My keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await name.fill('plain');
    await page.keyboard.press('Escape');
    await page.getByText('Press Escape again').waitFor();
    expect(await name.inputValue()).toBe('plain');
    await page.keyboard.press('Escape');
    await name.waitFor({ state: 'detached' });
  });

  it('the console says that a key of a user has their access, and which one is signed in', async () => {
    await signInHere();
    await goTo(page, 'My keys');
    const row = page.getByRole('row').filter({ hasText: 'you are signed in with it' });
    await row.getByText('exactly your access').waitFor();
    expect(await row.count()).toBe(1);
  });

  it('the console offers no action to a caller that may not do it', async () => {
    const { text } = await newKey('reader', ['dr.list']);
    await signInWithOrganizationKey(page, opened.oid, text);
    for (const screen of ['Keys', 'Ingestion keys', 'Users', 'API users', 'Policies']) {
      await goTo(page, screen);
      await page.getByText('Missing permission').waitFor();
      expect(await page.locator('.screen-actions .primary').count()).toBe(0);
    }
  });

  it('the console asks to sign in again when the key of the session was revoked', async () => {
    const { text, keyId } = await newKey('short lived', ['apikey.ctrl']);
    await signInWithOrganizationKey(page, opened.oid, text);
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await done(revokeKey(opened.administration, operator, { oid: opened.oid, keyId }));
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('The key you signed in with is no longer valid').waitFor();
  });

  it('the console asks before it removes a member of a group, and announces what was done', async () => {
    await signInHere();
    await goTo(page, 'Groups');
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name', { exact: true }).fill('night shift');
    await page.getByRole('button', { name: 'Create group' }).click();
    await page.locator('summary', { hasText: 'night shift' }).click();
    await page.getByRole('button', { name: 'Attach this organization' }).click();
    await page.getByText('The organization is attached').waitFor();
    await page.getByRole('button', { name: 'Remove acme' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Remove acme' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('It is attached to no organization yet').waitFor();
  });

  it('the console has a screen on which invitations are accepted and declined', async () => {
    const inviter = { kind: 'operator', name: 'test' } as const;
    for (const name of ['inviting', 'declined']) {
      const { oid } = await done(createOrganization(opened.administration, inviter, { name }));
      const owner = await done(createUser(opened.administration, operator, { email: `${name}@acme.example` }));
      await done(joinUser(opened.administration, operator, { uid: owner.uid, oid, permissions: [], role: 'owner' }));
      const key = await done(
        createKey(opened.administration, operator, { owner: { kind: 'user', uid: owner.uid }, name: 'laptop' }),
      );
      const { status } = await opened.running.send({
        method: 'POST',
        path: '/v1/users/invite',
        headers: { 'x-api-key': key.text, 'content-type': 'application/json' },
        body: JSON.stringify({ oid, email: 'ann@acme.example' }),
      });
      expect(status).toBe(200);
    }
    await signInHere();
    await goTo(page, 'Invitations');
    await page.getByRole('button', { name: 'Accept inviting' }).click();
    await page.getByText('Accepted inviting').waitFor();
    await page.getByRole('button', { name: 'Decline declined' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Decline' }).click();
    await page.getByText('No organization has invited you').waitFor();
    await expectAccessible(page);
  });
});
