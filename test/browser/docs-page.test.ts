import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { serviceApp } from '@flairgate/server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';
import { type RunningBrowser, skipsBrowser, startBrowser } from './browser.ts';

describe.skipIf(skipsBrowser)('the page to try the interface, in Chromium', () => {
  const faults: string[] = [];
  let place: ServerFixture;
  let server: Server;
  let browser: RunningBrowser;
  let page: Page;

  beforeAll(async () => {
    place = await startServerFixture();
    server = createServer(serviceApp(place.running.service)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    browser = await startBrowser();
    page = await browser.context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/docs`);
    await page.waitForSelector('details');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await place?.close();
  });

  it('shows every operation of the document', async () => {
    expect(await page.locator('details').count()).toBe(place.running.service.routes.length);
  });

  it('makes a key, uses it, and shows a refusal as it came', async () => {
    await page.fill('#key', place.userKey.text);
    const made = await send('POST', '/v1/orgs/{oid}/keys', { oid: place.oid, key_name: 'tried', perms: 'dr.list' });
    expect(made).toMatch(/^200 OK/);
    const { api_key: key } = JSON.parse(made.slice(made.indexOf('{')));
    await page.fill('#key', key);
    expect(await send('GET', '/v1/who', {})).toContain('"dr.list"');
    const refused = await send('GET', '/v1/orgs/{oid}', { oid: place.oid });
    expect(refused).toMatch(/^401 Unauthorized[\s\S]*ERR_PERMISSION_MISSING/);
  });

  it('the documentation page breaks none of its own rules, and keeps the key nowhere', async () => {
    expect(faults.filter((text) => !text.includes('401'))).toEqual([]);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([
      0,
      0,
      '',
    ]);
  });

  /** Fills in the form of an operation and sends it; gives what the page shows. */
  async function send(method: string, path: string, fields: Readonly<Record<string, string>>): Promise<string> {
    const box = page
      .locator('details')
      .filter({ has: page.locator(`summary:has(b:text-is("${method}")) code:text-is("${path}")`) });
    await box.locator('summary').click();
    for (const [name, value] of Object.entries(fields)) await box.locator(`input[name="${name}"]`).fill(value);
    await box.locator('button').click();
    const out = box.locator('pre');
    await expect.poll(() => out.textContent(), { timeout: 10_000 }).not.toBe('');
    return (await out.textContent()) ?? '';
  }
});
