import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { consoleFolder } from '@flairgate/console';
import { memoryStore } from '@flairgate/core';
import { createOrganization, joinUser } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { z } from 'zod';
import { done, operator, runService, seed } from '../flow/running-service.ts';
import { startBrowser } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * A service with its console, an owner of two organizations, and a browser in front of it. The store is closed with it.
 */
export async function openConsole(opened?: Store) {
  const store = opened ?? (await memoryStore());
  const running = await runService(store, { keyHash: { scheme: 'sha256', rounds: 1 }, consoleFolder });
  const { administration } = running.service.context;
  const seeded = await seed(running);
  const other = await done(createOrganization(administration, operator, { name: 'other' }));
  await done(joinUser(administration, operator, { uid: seeded.uid, oid: other.oid, permissions: [], role: 'owner' }));
  const browser = await startBrowser();
  return {
    ...seeded,
    running,
    administration,
    async page() {
      const page = await browser.context.newPage();
      const complaints = complaintsOf(page);
      await page.goto(`${running.url}/console`);
      return { page, complaints };
    },
    async close() {
      await browser.close();
      await running.close();
      await store.close();
    },
  };
}

export type OpenedConsole = Awaited<ReturnType<typeof openConsole>>;

/** Messages and errors of the page, without the refusals that a test provokes, and every URL that it requested. */
export interface Complaints {
  readonly texts: string[];
  readonly addresses: string[];
}

function complaintsOf(page: Page): Complaints {
  const complaints: Complaints = { texts: [], addresses: [] };
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.texts.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.texts.push(error.message));
  page.on('request', (request) => complaints.addresses.push(request.url()));
  return complaints;
}

/** Signs in as a user, and goes into an organization. */
export async function signIn(
  page: Page,
  { uid, key, name }: { readonly uid: string; readonly key: string; readonly name: string },
) {
  await page.getByLabel('User id').fill(uid);
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name }).click();
  await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
}

/** Signs in with a key of an organization. */
export async function signInWithOrganizationKey(page: Page, oid: string, key: string) {
  await page.getByLabel('An organization key').check();
  await page.getByLabel('Organization id').fill(oid);
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function goTo(page: Page, screen: string) {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen, exact: true }).click();
  await page.getByRole('heading', { name: screen, exact: true, level: 1 }).waitFor();
}

/** Opens the page on which a key of the organization is created. */
export async function startNewKey(page: Page) {
  await page.getByRole('link', { name: 'New key', exact: true }).click();
  await page.getByRole('heading', { name: 'New key', level: 1 }).waitFor();
}

/** Chooses an action in the menu of a key's row, and confirms it. */
export async function chooseAction(page: Page, name: string, action: string) {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** Revokes a key in its row: the name must be typed. */
export async function revokeInRow(page: Page, name: string) {
  await chooseAction(page, name, 'Revoke');
  const dialog = page.getByRole('alertdialog');
  expect(await dialog.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Type the name to confirm').fill(name);
  await dialog.getByRole('button', { name: 'Revoke' }).click();
}

/** Takes the secret that is shown, and closes the dialog that shows it. */
export async function takeSecret(page: Page): Promise<string> {
  const secret = (await page.getByLabel('New key', { exact: true }).textContent()) ?? '';
  await page.getByRole('button', { name: 'I have kept it' }).click();
  return secret;
}

const results = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});

/** Nothing is wrong with the page by the rules of axe: by all of them, or by those that are named. */
export async function expectAccessible(page: Page, rules?: readonly string[]) {
  await expectNoViolation(page, rules === undefined ? {} : { runOnly: { type: 'rule', values: rules } });
}

/** As {@link expectAccessible}, where the browser replaces the colors of the page, but axe reads those of its style. */
export async function expectAccessibleInForcedColors(page: Page) {
  await expectNoViolation(page, { rules: { 'color-contrast': { enabled: false } } });
}

async function expectNoViolation(page: Page, options: object) {
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
  await page.evaluate(axe);
  const { violations } = results.parse(await page.evaluate(`axe.run(${JSON.stringify(options)})`));
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

/** Nothing hangs out on the right. A failure names what does. */
export async function expectFitting(page: Page) {
  const hanging = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    return wide.slice(-3).map(({ outerHTML }) => outerHTML.slice(0, 200));
  });
  expect(hanging).toEqual([]);
}
