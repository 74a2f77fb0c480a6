import { docsFolder } from '@flairgate/console';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';
import { type RunningBrowser, skipsBrowser, startBrowser } from './browser.ts';
import { expectAccessible, expectAccessibleInForcedColors, expectFitting } from './open-console.ts';

// A browser beside other tests is slow.
vi.setConfig({ testTimeout: 120_000 });

const KEYS = '/v1/orgs/{oid}/keys';

const LOOKS = [
  {
    look: 'light',
    media: { colorScheme: 'light', forcedColors: 'none' },
    check: (page: Page) => expectAccessible(page),
  },
  { look: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' }, check: (page: Page) => expectAccessible(page) },
  {
    look: 'forced colors',
    media: { colorScheme: 'dark', forcedColors: 'active' },
    check: expectAccessibleInForcedColors,
  },
] as const;

describe.skipIf(skipsBrowser)('the page of the API, in Chromium', () => {
  const faults: string[] = [];
  const addresses: string[] = [];
  let place: ServerFixture;
  let browser: RunningBrowser;
  let page: Page;

  beforeAll(async () => {
    place = await startServerFixture(undefined, { docsFolder });
    browser = await startBrowser();
    page = await browser.context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${place.running.url}/docs`);
    await page.locator('.opblock').first().waitFor();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await place?.close();
  });

  it('the page of the API shows every operation of the document', async () => {
    expect(await page.locator('.opblock').count()).toBe(place.running.service.routes.length);
  });

  it('the page of the API creates a key, uses it, and shows a refusal as it came', async () => {
    await authorize(page, place.userKey.text);
    const body = { key_name: 'tried', perms: ['dr.list'] };
    const made = await send(page, { method: 'post', path: KEYS, values: [place.oid], body: JSON.stringify(body) });
    expect(made.status).toBe('200');
    const { api_key: key } = JSON.parse(made.text);
    await authorize(page, key);
    const who = await send(page, { method: 'get', path: '/v1/who', values: [] });
    expect(who.text).toContain('"dr.list"');
    const refused = await send(page, { method: 'get', path: '/v1/orgs/{oid}', values: [place.oid] });
    expect(refused.status).toBe('401');
    expect(refused.text).toContain('ERR_PERMISSION_MISSING');
    expect(await page.locator('body').textContent()).not.toContain(place.userKey.text);
  });

  it('the page of the API hides a credential that is typed', async () => {
    await page.locator('.btn.authorize').click();
    const types = await page
      .locator('.dialog-ux input')
      .evaluateAll((all) => all.map((one) => one.getAttribute('type')));
    expect(new Set(types)).toEqual(new Set(['password']));
    await page.locator('.close-modal').click();
  });

  it.each(LOOKS)(
    'the page of the API is accessible with closed and opened operations, and fits: $look',
    async ({ media, check }) => {
      await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1280, height: 900 });
      await check(page);
      for (const width of [320, 768, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        await expectFitting(page);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.locator('.btn.authorize').click();
      await check(page);
      await page.locator('.close-modal').click();
    },
  );

  it('the page of the API breaks none of its own rules, loads nothing from elsewhere, and stores nothing', async () => {
    expect(faults.filter((text) => !text.includes('401'))).toEqual([]);
    const elsewhere = addresses.filter((one) => !one.startsWith(place.running.url) && !one.startsWith('data:'));
    expect(elsewhere).toEqual([]);
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    expect(stored).toEqual([0, 0, '']);
  });
});

/** Gives the page a credential for the scheme of API keys, in place of the one it has. */
async function authorize(page: Page, key: string): Promise<void> {
  await page.locator('.btn.authorize').click();
  const scheme = page.locator('.auth-container', { has: page.locator('code:text-is("apiKey")') });
  const logout = scheme.getByRole('button', { name: 'Logout' });
  if ((await logout.count()) > 0) await logout.click();
  await scheme.locator('#api_key_value').fill(key);
  await scheme.getByRole('button', { name: /authoriz/i }).click();
  await page.locator('.close-modal').click();
}

interface Sent {
  readonly method: string;
  readonly path: string;
  /** Values of the required parameters, in their order. */
  readonly values: readonly string[];
  readonly body?: string;
}

/** Fills in the form of an operation and sends it; returns what the page shows. */
async function send(page: Page, { method, path, values, body }: Sent) {
  const box = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
  await box.locator('.opblock-summary-control').click();
  await box.getByRole('button', { name: 'Try it out' }).click();
  for (const [index, value] of values.entries())
    await box.locator('tr[data-param-in=path] input').nth(index).fill(value);
  if (body !== undefined) await box.locator('textarea').fill(body);
  await box.getByRole('button', { name: 'Execute' }).click();
  const live = box.locator('.live-responses-table .response').first();
  await live.waitFor();
  return {
    status: ((await live.locator('.response-col_status').textContent()) ?? '').slice(0, 3),
    text: (await live.locator('.highlight-code pre').first().textContent()) ?? '',
  };
}
