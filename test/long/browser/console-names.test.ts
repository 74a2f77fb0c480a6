import { describe, expect, it } from 'vitest';
import { skipsBrowser } from '../../browser/browser.ts';
import { expectNamesShown, fillWithNames } from '../../browser/console-names.ts';
import { openConsole, signIn } from '../../browser/open-console.ts';

describe.skipIf(skipsBrowser)('500 names that break careless pages', () => {
  it('the console shows 500 names on each screen byte for byte, and holds its columns at every width', async () => {
    const opened = await openConsole();
    try {
      const names = await fillWithNames(opened, 500);
      const { page, complaints } = await opened.page();
      page.on('dialog', () => complaints.texts.push('a dialog was opened'));
      await signIn(page, { uid: opened.uid, key: opened.userKey.text, name: 'acme' });
      await expectNamesShown(page, names, [1920, 1280, 768, 360, 320]);
      expect(complaints.texts).toEqual([]);
    } finally {
      await opened.close();
    }
  });
});
