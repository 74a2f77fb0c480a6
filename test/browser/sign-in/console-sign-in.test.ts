import { once } from 'node:events';
import { createServer } from 'node:http';
import { consoleFolder } from '@flairgate/console';
import { memoryStore } from '@flairgate/core';
import { activateUser, createKey, createUser, deactivateUser } from '@flairgate/core/administration';
import { createService, type Service, serviceApp } from '@flairgate/server';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../flow/mcp/free-port.ts';
import { done, operator, seed } from '../../flow/running-service.ts';
import { type RunningBrowser, skipsBrowser, startBrowser } from '../browser.ts';
import { expectAccessible, expectFitting, goTo, startNewKey, takeSecret } from '../open-console.ts';
import { type HttpsProxy, startHttpsProxy } from './https-proxy.ts';
import { CLIENT, type RunningProvider, runProvider } from './running-provider.ts';

// A browser beside other tests is slow.
vi.setConfig({ testTimeout: 120_000 });

const SESSION = '__Host-flairgate-session';

describe.skipIf(skipsBrowser)(
  'signing in to the console with an OpenID provider, behind a proxy and below a path',
  () => {
    let service: Service;
    let proxy: HttpsProxy;
    let provider: RunningProvider;
    let browser: RunningBrowser;
    let context: BrowserContext;
    let seeded: Awaited<ReturnType<typeof seed>>;
    let address: string;
    let page: Page;
    const closers: (() => void)[] = [];
    const complaints: string[] = [];
    let ahead = 0;

    beforeAll(async () => {
      const [inner, outer, own] = [await freePort(), await freePort(), await freePort()];
      const publicUrl = `https://localhost:${outer}/auth`;
      provider = await runProvider(own, `${publicUrl}/console/session/callback`);
      const { issuer } = provider;
      service = await createService({
        store: await memoryStore(),
        issuer: publicUrl,
        audience: 'flairgate',
        clock: { wall: () => Date.now() + ahead, monotonic: () => performance.now() + ahead },
        keyHash: { scheme: 'sha256', rounds: 1 },
        consoleFolder,
        console: { oidc: { issuer, ...CLIENT, label: 'Acme' } },
      });
      const server = createServer(serviceApp(service)).listen(inner, '127.0.0.1');
      await once(server, 'listening');
      proxy = await startHttpsProxy(outer, { base: '/auth', port: inner });
      closers.push(
        () => server.closeAllConnections(),
        () => server.close(),
      );
      address = `${publicUrl}/console/`;
      seeded = await seed({ service } as Parameters<typeof seed>[0]);
      provider.account = { sub: 'ann-at-acme', email: 'ann@acme.example' };
      browser = await startBrowser({ ignoreHTTPSErrors: true });
      context = browser.context;
    });

    beforeEach(async () => {
      await context.clearCookies();
      page = await open();
    });

    afterEach(async () => {
      await page.close();
      expect(complaints.splice(0)).toEqual([]);
    });

    afterAll(async () => {
      await browser.close();
      for (const close of closers) close();
      proxy.close();
      provider.stop();
      await service.close();
    });

    async function open(): Promise<Page> {
      const opened = await context.newPage();
      opened.setDefaultTimeout(20_000);
      await addClock(opened);
      opened.on('pageerror', (error) => complaints.push(error.message));
      opened.on('console', (message) => {
        const isExpected = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !isExpected) complaints.push(message.text());
      });
      await opened.goto(address);
      return opened;
    }

    const button = (of = page) => of.getByRole('link', { name: 'Sign in with Acme' });
    const signIn = async (of = page) => {
      await button(of).click();
      await of.getByRole('heading', { name: 'Choose an organization' }).waitFor();
    };
    const enter = async () => {
      await page.getByRole('button', { name: 'acme' }).click();
      await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    };
    const signOut = () => page.getByRole('button', { name: 'Sign out' }).click();
    const sessionCookie = async () => (await context.cookies(address)).find(({ name }) => name === SESSION);
    const banner = () => page.getByText('Your session has ended.');

    it('the console goes to the provider and comes back to the console, at the address of the console', async () => {
      await button().waitFor();
      await expectAccessible(page);
      await signIn();
      expect(page.url()).toBe(address);
      const cookie = await sessionCookie();
      expect(cookie).toMatchObject({
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
        path: '/',
        domain: 'localhost',
      });
      expect(await page.evaluate(() => document.cookie)).toBe('');
      expect((await context.cookies(address)).map(({ name }) => name)).not.toContain('__Host-flairgate-sign-in');
      await enter();
      await expectFitting(page);
      await page.getByText('as ann@acme.example').waitFor();
      const stored = await page.evaluate(() => [window.localStorage.length, window.sessionStorage.length]);
      expect(stored).toEqual([0, 0]);
      await startNewKey(page);
      await page.getByLabel('Name', { exact: true }).fill('made in a session');
      await page.getByRole('button', { name: 'Create key' }).click();
      expect(await takeSecret(page)).toMatch(/^fg_/);
    });

    it('the console goes on with the session when the page is loaded again, until the user signs out', async () => {
      await signIn();
      await page.reload();
      await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
      const cookie = await sessionCookie();
      await signOut();
      await button().waitFor();
      expect(await sessionCookie()).toBeUndefined();
      await page.reload();
      await button().waitFor();
      await context.addCookies([cookie ?? { name: SESSION, value: '' }]);
      await page.reload();
      await button().waitFor();
    });

    it('the console renews the token of five minutes before it ends', async () => {
      let tokens = 0;
      page.on('request', (request) => {
        if (request.url().endsWith('/console/session/token')) tokens += 1;
      });
      await signIn();
      await enter();
      const before = tokens;
      await goTo(page, 'Groups');
      await goTo(page, 'Audit');
      const meanwhile = tokens;
      await letPass(page, 275_000);
      await goTo(page, 'Users');
      await vi.waitFor(() => expect(tokens).toBeGreaterThan(meanwhile), { timeout: 10_000 });
      expect(before).toBeGreaterThan(0);
    });

    it.each(['another site', 'another origin of the same site'])(
      'the console lets no page of %s use the session',
      async (which) => {
        await signIn();
        const port = await freePort();
        const evil = await startHttpsProxy(port, { page: '<!doctype html><title>evil</title>' });
        const origin = which === 'another site' ? `https://127.0.0.1:${port}` : evil.origin;
        const other = await context.newPage();
        const sent: {
          readonly url: string;
          readonly method: string;
          readonly cookie: boolean;
          readonly status: number;
        }[] = [];
        other.on('response', async (response) => {
          if (!response.url().startsWith(address)) return;
          const { cookie = '' } = await response.request().allHeaders();
          const [url, method] = [response.url().slice(address.length), response.request().method()];
          sent.push({ url, method, cookie: cookie.includes(SESSION), status: response.status() });
        });
        await other.goto(origin);
        await other.evaluate(async (base) => {
          const simple = { credentials: 'include', mode: 'no-cors' } as const;
          await fetch(`${base}session/token`, { ...simple, method: 'POST', body: 'oid=-' }).catch(() => undefined);
          await fetch(`${base}session`, { credentials: 'include', method: 'DELETE' }).catch(() => undefined);
          const form = document.createElement('form');
          form.method = 'post';
          form.action = `${base}session/token`;
          document.body.append(form);
          form.submit();
        }, address);
        await other.waitForURL(`${address}session/token`);
        await other.waitForLoadState();
        expect(await other.content()).toContain('ERR_ORIGIN');
        const posts = sent.filter(({ method }) => method === 'POST');
        expect(posts.length).toBeGreaterThan(0);
        expect(new Set(posts.map(({ status }) => status))).toEqual(new Set([403]));
        // The preflight of the DELETE is refused, so that the request itself is never sent.
        expect(sent.filter(({ method }) => method === 'DELETE')).toEqual([]);
        if (which === 'another site') expect(posts.some(({ cookie }) => cookie)).toBe(false);
        else expect(posts.some(({ cookie }) => cookie)).toBe(true);
        await other.close();
        evil.close();
        await page.reload();
        await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
      },
    );

    it('the console says that the session has ended when the user is deactivated meanwhile, and refuses the sign-in', async () => {
      await signIn();
      await enter();
      const { administration } = service.context;
      await done(deactivateUser(administration, operator, { uid: seeded.uid }));
      await page.getByRole('link', { name: 'Groups', exact: true }).click();
      await banner().waitFor();
      await signOut();
      await button().click();
      await page.getByText('This account cannot sign in here.').waitFor();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Back to the console' }).click();
      await button().waitFor();
      await done(activateUser(administration, operator, { uid: seeded.uid }));
      await signIn();
    });

    it('the console keeps what was typed when the session ends, and goes on after a sign-in in another tab', async () => {
      await signIn();
      await enter();
      await startNewKey(page);
      await page.getByLabel('Name', { exact: true }).fill('typed before');
      const { store, committed } = service.context.administration;
      await store.write((tx) => tx.remove('session', { uid: seeded.uid }));
      await committed();
      await service.gate.authenticator.revision.sync();
      // The page's own token is dropped, as if its five minutes were over.
      await letPass(page, 300_000);
      await page.getByRole('button', { name: 'Create key' }).click();
      await banner().waitFor();
      const [tab] = await Promise.all([
        context.waitForEvent('page'),
        page.getByRole('link', { name: 'Sign in again' }).click(),
      ]);
      await tab.getByRole('heading', { name: 'Choose an organization' }).waitFor();
      await tab.close();
      await page.bringToFront();
      await page.evaluate(() => window.dispatchEvent(new Event('focus')));
      await banner().waitFor({ state: 'detached' });
      expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('typed before');
      await page.getByRole('button', { name: 'Create key' }).click();
      expect(await takeSecret(page)).toMatch(/^fg_/);
    });

    it('the console does not act as another user who signs in meanwhile in another tab', async () => {
      await done(createUser(service.context.administration, operator, { email: 'bob@acme.example' }));
      await signIn();
      await enter();
      const ann = provider.account;
      provider.account = { sub: 'bob-at-acme', email: 'bob@acme.example' };
      // The provider must ask again who it is.
      await context.clearCookies({ domain: '127.0.0.1' });
      const tab = await open();
      await tab.goto(`${address}session/start`);
      await tab.getByText('None of your organizations matches.').waitFor();
      await tab.close();
      provider.account = ann;
      await letPass(page, 300_000);
      await page.getByRole('link', { name: 'Groups', exact: true }).click();
      await page.getByText('Another user has signed in meanwhile').first().waitFor();
    });

    it('the console says so when the provider is down, and signs in with a key all the same', async () => {
      const owner = { kind: 'user', uid: seeded.uid } as const;
      const key = await done(createKey(service.context.administration, operator, { owner, name: 'by key' }));
      provider.stop();
      // By then the metadata of the provider is read again.
      ahead += 31_000;
      await button().click();
      await page.getByText('The identity provider cannot be reached right now.').waitFor();
      await page.getByRole('link', { name: 'Back to the console' }).click();
      await provider.start();
      await page.getByLabel('User id').fill(seeded.uid);
      await page.getByLabel('Key', { exact: true }).fill(key.text);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
    });
  },
);

/** Gives each page of the tab a clock that can be moved. It must come before the page's own scripts, which keep it. */
async function addClock(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + Number(document.documentElement.dataset.ahead ?? 0);
  });
}

/** Moves the clock of the page, by which it renews its token. */
async function letPass(page: Page, ms: number): Promise<void> {
  await page.evaluate((ahead) => {
    document.documentElement.dataset.ahead = String(ahead);
  }, ms);
}
