import { createKey, putPolicy, readPolicy } from '@flairgate/core/administration';
import type { Dialog, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { done, operator } from '../flow/running-service.ts';
import { skipsBrowser } from './browser.ts';
import { goTo, type OpenedConsole, startNewKey, takeSecret } from './open-console.ts';
import { enter, setUpConsole } from './set-up-console.ts';

describe.skipIf(skipsBrowser)('what the console must not lose', () => {
  let opened: OpenedConsole;
  let page: Page;

  setUpConsole({
    async begin(test) {
      ({ opened, page } = test);
      await enter(test);
    },
  });

  const shown = () => page.getByLabel('New key', { exact: true });
  const makeKey = async (name: string) => {
    await startNewKey(page);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Create key' }).click();
  };
  const goBack = () => page.evaluate(() => window.history.back());
  const reload = async () => {
    const asked = new Promise<Dialog>((resolve) => page.once('dialog', resolve));
    await page.evaluate(() => setTimeout(() => window.location.reload()));
    return asked;
  };

  it('the console keeps a secret on the page through Back and another address, and asks before it reloads', async () => {
    await goTo(page, 'Groups');
    await goTo(page, 'Keys');
    await makeKey('kept');
    await shown().waitFor();
    await goBack();
    await page.evaluate(() => {
      window.location.hash = '#/audit';
    });
    await page.waitForURL(/#\/keys\/new$/);
    expect(await shown().isVisible()).toBe(true);
    const question = await reload();
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    const secret = await takeSecret(page);
    const { status } = await opened.running.send({
      method: 'GET',
      path: '/v1/who',
      headers: { 'x-api-key': secret },
    });
    expect(status).toBe(200);
    await goTo(page, 'Groups');
  });

  it('the console shows the secret of a key whose creation was running when the user went back', async () => {
    await goTo(page, 'Groups');
    await goTo(page, 'Keys');
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/v1/orgs/*/keys', async (route) => {
      if (route.request().method() === 'POST') await held;
      await route.continue();
    });
    const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/keys'));
    await makeKey('on its way');
    await sent;
    await goBack();
    const question = await reload();
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    letGo();
    await shown().waitFor();
    await takeSecret(page);
  });

  it('the console asks before a reload from the moment that it sends a command whose answer shows a secret', async () => {
    await page.evaluate(() => {
      const send = window.fetch;
      window.fetch = (input, init) => {
        if (init?.method === 'POST') {
          const leaving = new Event('beforeunload', { cancelable: true });
          window.dispatchEvent(leaving);
          document.title = leaving.defaultPrevented ? 'asked' : 'left';
        }
        return send(input, init);
      };
    });
    await goTo(page, 'My keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('held');
    await page.getByRole('button', { name: 'Create key' }).click();
    await takeSecret(page);
    expect(await page.title()).toBe('asked');
  });

  it('the console never saves a new policy over one that is there', async () => {
    const reference = { oid: opened.oid, name: 'sales' };
    await done(putPolicy(opened.administration, operator, { ...reference, grants: {} }));
    await goTo(page, 'Policies');
    await page.getByRole('button', { name: 'New policy' }).click();
    await page.getByLabel('Name', { exact: true }).fill('sales');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('There is a policy of this name').waitFor();
    expect(await done(readPolicy(opened.administration, operator, reference))).toMatchObject({ version: 1 });
    await page.getByLabel('Name', { exact: true }).fill('marketing');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved marketing').waitFor();
  });

  it('the console lists an ingestion key of any name, and revokes it', async () => {
    for (const name of ['__proto__', 'constructor', 'pushes']) {
      await done(createKey(opened.administration, operator, { owner: { kind: 'ingestion', oid: opened.oid }, name }));
    }
    await goTo(page, 'Ingestion keys');
    const names = page.getByRole('listitem').locator('strong');
    await names.getByText('pushes').waitFor();
    expect(await names.allTextContents()).toEqual(['__proto__', 'constructor', 'pushes']);
    await page.getByRole('button', { name: 'Revoke __proto__' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await names.getByText('__proto__').waitFor({ state: 'detached' });
  });

  it('the console reports immediately what could not be sent, and never sends it later', async () => {
    await goTo(page, 'API users');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'New API user' }).click();
    await page.getByLabel('Name', { exact: true }).fill('offline');
    await page.getByRole('button', { name: 'Create user' }).click();
    await page.getByRole('alert').getByText('could not be reached').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Groups', exact: true }).click();
    await page.getByRole('alert').getByText('could not be reached').waitFor();
    await page.context().setOffline(false);
    await goTo(page, 'API users');
    await page.locator('.waiting').waitFor({ state: 'detached' });
    expect(await page.getByRole('row', { name: /offline/ }).count()).toBe(0);
  });
});
