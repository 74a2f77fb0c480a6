import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { skipsBrowser } from './browser.ts';
import { expectAccessible, goTo, type OpenedConsole } from './open-console.ts';
import { enter, newOrganizationKey, setUpConsole } from './set-up-console.ts';

describe.skipIf(skipsBrowser)('what happened, how often and why, in the console', () => {
  let opened: OpenedConsole;
  let page: Page;

  setUpConsole({
    async begin(test) {
      ({ opened, page } = test);
      await enter(test);
    },
  });

  const newKey = (name: string, permissions: readonly string[] = []) =>
    newOrganizationKey(opened, { name, permissions });

  it('the audit of the console is filtered, in sentences with names, and saved as CSV and as lines of JSON', async () => {
    await newKey('=formula');
    await goTo(page, 'Audit');
    await page.getByLabel('Action').selectOption('key.create');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('row', { name: /Created the key =formula/ }).waitFor();
    expect(await page.getByRole('row', { name: /Created the organization/ }).count()).toBe(0);
    await page.getByLabel('Outcome').selectOption('Refused');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByText('Nothing is recorded that fits').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page
      .getByRole('row', { name: /Created the organization/ })
      .first()
      .waitFor();
    const saved = async (format: string) => {
      const waiting = page.waitForEvent('download');
      await page.getByRole('button', { name: `Export as ${format}` }).click();
      const download = await waiting;
      return readFile(await download.path(), 'utf8');
    };
    const lines = (await saved('JSON lines'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.some(({ action }) => action === 'key.create')).toBe(true);
    const csv = await saved('CSV');
    expect(csv.split('\n')[0]).toBe('id,time,ident,actor,action,target,target_name,address,outcome,details');
    expect(csv.trim().split('\n').length).toBe(lines.length + 1);
    await expectAccessible(page);
  });

  it('the usage of the console names calls, refusals and unused permissions of each key', async () => {
    const { keyId } = await newKey('worker', ['dr.list', 'dr.set', 'org.get']);
    await newKey('idle');
    const day = Math.floor(Date.now() / 86_400_000);
    const sums = { oid: opened.oid, keyId, denials: 2, limited: 1, permissions: { 'dr.list': 40 } };
    await opened.administration.store.write(async (tx) => {
      await tx.insert('usage', { ...sums, day, calls: 40 });
      await tx.insert('usage', { ...sums, day: day - 3, calls: 2 });
    });
    await goTo(page, 'Usage');
    const row = page.getByRole('row', { name: /worker/ });
    await row.getByText('42', { exact: true }).waitFor();
    await row.getByText('used 1 of 3 in 30 days').click();
    await row.getByText('dr.set').waitFor();
    await row.getByRole('img', { name: /42 calls, 6 of them refused/ }).waitFor();
    await page.getByRole('row', { name: /idle/ }).getByText('unused').waitFor();
    await page.getByLabel('Time').selectOption('The last 90 days');
    await row.getByText('used 1 of 3 in 90 days').waitFor();
    await expectAccessible(page);
  });

  it('the console explains what a key sees of a resource, and why', async () => {
    const { keyId } = await newKey('viewer[segment]', ['dr.list']);
    const { identity = '' } =
      (await opened.administration.store.read((tx) => tx.get('key', { keyId: opened.organizationKey.keyId }))) ?? {};
    await opened.administration.store.write((tx) =>
      tx.insert('ownership', {
        oid: opened.oid,
        type: 'rule',
        id: 'r1',
        organization: opened.oid,
        createdBy: identity,
        lockedBy: identity,
        secretTo: null,
        generation: 1,
      }),
    );
    await goTo(page, 'See as');
    await page.getByLabel('Key', { exact: true }).selectOption(keyId);
    await page.getByLabel('Type of the resource').fill('rule');
    await page.getByLabel('Id, or empty for all of the type').fill('r1');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('To it the resource does not exist').waitFor();
    await page.getByText('the caller has `segment` and did not create the resource').first().waitFor();
    await page.getByLabel('Id, or empty for all of the type').fill('nothing');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('alert').getByText('No such resource').waitFor();
    await expectAccessible(page);
  });

  it('the console finds keys by name, state, flair and use, in the order that is chosen', async () => {
    for (let n = 0; n < 60; n++) await newKey(`fleet ${n}`);
    await newKey('needle[lock]');
    await goTo(page, 'Users');
    await goTo(page, 'Keys');
    await page.getByLabel('Find a key').fill('needle');
    await page.getByText(/^1 of \d+ keys$/).waitFor();
    await page.getByRole('row', { name: /needle/ }).waitFor();
    await page.getByLabel('Find a key').fill('');
    await page.getByLabel('Flair').selectOption('[lock]');
    await page.getByText(/^1 of \d+ keys$/).waitFor();
    await page.getByLabel('Flair').selectOption('Any flair');
    await page.getByLabel('State').selectOption('Disabled');
    await page.getByText('No key fits').waitFor();
    await page.getByLabel('State').selectOption('Any state');
    await page.getByLabel('Order').selectOption('By name');
    const names = () => page.locator('tbody .key-name').allTextContents();
    await page.waitForFunction(() => document.querySelector('tbody .key-name')?.textContent === '=formula');
    expect((await names()).length).toBe(50);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length < 50);
    await expectAccessible(page);
  });
});
