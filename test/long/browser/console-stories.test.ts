import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../../../packages/stores/test/databases.js';
import { skipsBrowser } from '../../browser/browser.ts';
import {
  chooseAction,
  expectAccessible,
  expectAccessibleInForcedColors,
  expectFitting,
  goTo,
  type OpenedConsole,
  openConsole,
  revokeInRow,
  signIn,
  signInWithOrganizationKey,
  startNewKey,
  takeSecret,
} from '../../browser/open-console.ts';

/** Folder for a picture of each screen in each look. Without it, none is taken. */
const PICTURES = process.env.CONSOLE_PICTURES;

const SCREENS = ['Keys', 'My keys', 'Ingestion keys', 'Users', 'Groups', 'API users', 'Policies', 'Audit', 'Usage'];

const WIDTHS = [360, 768, 1280, 1920];

const LOOKS = [
  { look: 'light', colorScheme: 'light', forcedColors: 'none', check: (page: Page) => expectAccessible(page) },
  { look: 'dark', colorScheme: 'dark', forcedColors: 'none', check: (page: Page) => expectAccessible(page) },
  { look: 'forced', colorScheme: 'dark', forcedColors: 'active', check: expectAccessibleInForcedColors },
] as const;

const kinds = skipsBrowser ? [] : await kindsToTest(['sqlite', 'postgres']);

describe.each(kinds)('the stories of both systems in the console, on %s', (kind) => {
  it('the console does what both stories tell, and every screen is accessible and fits in each look', async () => {
    const schema = newSchema();
    const folder = await mkdtemp(join(tmpdir(), 'flairgate-stories-'));
    const store: Store =
      kind === 'postgres'
        ? await postgresStore({ url: postgresUrl, schema, masterKey })
        : await sqliteStore({ file: join(folder, 'flairgate.db'), masterKey });
    const opened = await openConsole(store);
    try {
      const { page, complaints } = await opened.page();
      await signIn(page, { uid: opened.uid, key: opened.userKey.text, name: 'acme' });
      const vendor = await tellOrganizationKeys(page, opened);
      await tellApiUsers(page, opened);
      for (const look of LOOKS) await lookAtScreens(page, kind, look);
      await revokeEverything(page, opened, vendor);
      expect(complaints.texts).toEqual([]);
    } finally {
      await opened.close();
      if (kind === 'postgres') await dropSchema(schema);
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function whoIs({ running }: OpenedConsole, headers: Readonly<Record<string, string>>) {
  return running.send({ method: 'GET', path: '/v1/who', headers });
}

/** An organization key with a flair, the token it is exchanged for, a user's key and an ingestion key. */
async function tellOrganizationKeys(page: Page, opened: OpenedConsole): Promise<string> {
  await startNewKey(page);
  await page.getByLabel('Name', { exact: true }).fill('vendor[segment]');
  await page.getByLabel('Description').fill('Detection rules of the vendor');
  await page.getByLabel('Find a permission').fill('dr.');
  await page.getByRole('button', { name: 'All of dr', exact: true }).click();
  await page.getByRole('button', { name: 'Create key' }).click();
  const first = await takeSecret(page);
  const exchange = JSON.stringify({ oid: opened.oid, secret: first });
  const headers = { 'content-type': 'application/json' };
  const { body } = await opened.running.send({ method: 'POST', path: '/jwt', headers, body: exchange });
  expect((await whoIs(opened, { authorization: `Bearer ${body.jwt}` })).body.perms).toContain('dr.set');
  await goTo(page, 'Keys');
  await chooseAction(page, 'vendor[segment]', 'Rotate');
  await page.getByRole('button', { name: 'Rotate', exact: true }).click();
  const second = await takeSecret(page);
  expect((await whoIs(opened, { 'x-api-key': second })).status).toBe(200);
  await goTo(page, 'My keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name', { exact: true }).fill('tablet');
  await page.getByRole('button', { name: 'Create key' }).click();
  expect((await whoIs(opened, { 'x-api-key': await takeSecret(page) })).status).toBe(200);
  await goTo(page, 'Ingestion keys');
  await page.getByRole('button', { name: 'New ingestion key' }).click();
  await page.getByLabel('Name', { exact: true }).fill('syslog');
  await page.getByRole('button', { name: 'Create key' }).click();
  expect((await whoIs(opened, { 'x-api-key': await takeSecret(page) })).status).toBe(401);
  return second;
}

/** A group, an API user in it with its one key, and a policy that grants the group its access. */
async function tellApiUsers(page: Page, opened: OpenedConsole): Promise<void> {
  await goTo(page, 'Groups');
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByLabel('Name', { exact: true }).fill('importers');
  await page.getByRole('button', { name: 'Create group' }).click();
  await goTo(page, 'API users');
  await page.getByRole('button', { name: 'New API user' }).click();
  await page.getByLabel('Name', { exact: true }).fill('crm-import');
  await page.getByRole('button', { name: 'Create user' }).click();
  const row = page.getByRole('row', { name: /crm-import/ });
  const uid = (await row.getByTitle('User id').textContent()) ?? '';
  const createKey = async () => {
    await row.getByRole('button', { name: /key/i }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: /key/i }).last().click();
    return takeSecret(page);
  };
  const key = await createKey();
  await goTo(page, 'Groups');
  await page.locator('summary', { hasText: 'importers' }).click();
  await page.getByLabel('E-mail address, or uid of an API user').fill(uid);
  await page.getByRole('region', { name: 'Members' }).getByRole('button', { name: 'Add' }).click();
  await page.getByRole('region', { name: 'Members' }).getByRole('listitem').waitFor();
  await page.getByRole('button', { name: 'Attach this organization' }).click();
  await page.getByRole('region', { name: 'Attached to' }).getByText('acme').waitFor();
  await goTo(page, 'Policies');
  await page.getByRole('button', { name: 'New policy' }).click();
  await page.getByLabel('Name', { exact: true }).fill('sales');
  await page.getByLabel('Add a group').selectOption('importers');
  await page.getByLabel('importers may read company').check();
  await page.getByLabel('importers may add company').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Edit sales' }).waitFor();
  expect((await whoIs(opened, { 'x-api-key': key })).body.perms).toEqual(['company.add', 'company.read']);
}

async function lookAtScreens(page: Page, kind: string, { look, check, ...media }: (typeof LOOKS)[number]) {
  await page.emulateMedia({
    colorScheme: media.colorScheme,
    forcedColors: media.forcedColors,
    reducedMotion: 'reduce',
  });
  for (const screen of SCREENS) {
    await goTo(page, screen);
    await settle(page);
    await lookAtWidths(page, `${kind}-${look}-${screen}`);
    await check(page);
  }
  await goTo(page, 'Keys');
  await page.getByRole('link', { name: 'vendor[segment]', exact: true }).click();
  await page.getByRole('region', { name: 'Audit' }).getByRole('table').waitFor();
  await lookAtWidths(page, `${kind}-${look}-Key`);
  await check(page);
  await page.getByRole('link', { name: 'All keys' }).click();
  await startNewKey(page);
  await lookAtWidths(page, `${kind}-${look}-New key`);
  await check(page);
}

async function lookAtWidths(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await expectFitting(page);
    if (PICTURES === undefined) continue;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}-${width}.png`.replaceAll(' ', '-')) });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function settle(page: Page): Promise<void> {
  await page.locator('.waiting').waitFor({ state: 'detached' });
}

/** Revokes what was given, which is refused from the next request. */
async function revokeEverything(page: Page, opened: OpenedConsole, vendor: string): Promise<void> {
  await goTo(page, 'Keys');
  await revokeInRow(page, 'vendor[segment]');
  await page.getByRole('row', { name: /vendor\[segment\]/ }).waitFor({ state: 'detached' });
  expect((await whoIs(opened, { 'x-api-key': vendor })).status).toBe(401);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signInWithOrganizationKey(page, opened.oid, vendor);
  await page.getByRole('alert').getByText('Unknown api key').waitFor();
}
