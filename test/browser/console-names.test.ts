import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { skipsBrowser } from './browser.ts';
import { type AcceptedNames, expectNamesShown, fillWithNames } from './console-names.ts';
import { type Complaints, expectFitting, goTo, type OpenedConsole } from './open-console.ts';
import { enter, setUpConsole } from './set-up-console.ts';

describe.skipIf(skipsBrowser)('names that break careless pages', () => {
  let opened: OpenedConsole;
  let names: AcceptedNames;
  let page: Page;
  let complaints: Complaints;

  setUpConsole({
    async prepare(console) {
      names = await fillWithNames(console, 57);
    },
    async begin(test) {
      ({ opened, page, complaints } = test);
      page.on('dialog', () => complaints.texts.push('a dialog was opened'));
      await enter(test);
    },
  });

  it('the console shows every name byte for byte, and holds its columns at 1280 and 360 pixels', async () => {
    await expectNamesShown(page, names, [1280, 360]);
    const { origin } = new URL(opened.running.url);
    expect(complaints.addresses.filter((address) => new URL(address).origin !== origin)).toEqual([]);
  });

  it('the page of a key, its edit, and its revocation hold a name of 128 letters at 360 pixels', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await goTo(page, 'Keys');
    await page.getByLabel('Find a key').fill('w'.repeat(128));
    await page.getByRole('link', { name: 'w'.repeat(128), exact: true }).click();
    await page.getByRole('region', { name: 'Audit' }).getByRole('table').waitFor();
    await expectFitting(page);
    for (const action of ['Edit', 'Rotate', 'Revoke']) {
      await page.getByRole('button', { name: action, exact: true }).click();
      const dialog = page.locator('[role=dialog], [role=alertdialog]');
      await dialog.waitFor();
      await expectFitting(page);
      const box = await dialog.boundingBox();
      expect((box?.x ?? 360) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'detached' });
    }
  });

  it('the console marks names of two alphabets, and isolates those of another direction', async () => {
    await page.getByLabel('Find a key').fill('v\u0435ndor');
    await page
      .getByRole('row', { name: /v\u0435ndor/ })
      .getByText('mixed alphabets')
      .waitFor();
    await page.getByLabel('Find a key').fill('\u05e9\u05dc\u05d5\u05dd');
    const names = page.locator('tbody bdi', { hasText: '\u05e9\u05dc\u05d5\u05dd' });
    await names.first().waitFor();
    expect(await names.first().evaluate((name) => getComputedStyle(name).unicodeBidi)).toBe('isolate');
  });
});
