import { createClient, FlairgateClientError } from '@flairgate/client';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { naughtyNames } from './naughty-names.ts';
import { expectFitting, goTo, type OpenedConsole } from './open-console.ts';

/** Names that the service accepted, by the screen that shows them. */
export type AcceptedNames = Readonly<
  Record<'Keys' | 'Ingestion keys' | 'Groups' | 'API users' | 'Policies', readonly string[]>
>;

/** Gives this many naughty names to everything that has a name. Names that the service refuses are left out. */
export async function fillWithNames(
  { running, oid, uid, userKey }: OpenedConsole,
  count: number,
): Promise<AcceptedNames> {
  const client = createClient({ url: running.url, credential: { kind: 'user-key', uid, key: userKey.text } });
  for (const name of naughtyNames(count)) {
    const description = [...name].slice(0, 100).join('');
    await unlessRefused(client.organizationKeys.create(oid, { name, description }));
    await unlessRefused(client.ingestionKeys.create(oid, { name }));
    await unlessRefused(client.groups.create({ name }));
    await unlessRefused(client.apiUsers.create(oid, { name }));
    await unlessRefused(client.policies.put(oid, name, {}, { isNew: true }));
  }
  const namesOf = (entries: Iterable<{ readonly name: string }>) => [...entries].map(({ name }) => name);
  return {
    Keys: namesOf(Object.values(await client.organizationKeys.list(oid))),
    'Ingestion keys': Object.keys(await client.ingestionKeys.list(oid)),
    Groups: namesOf(await client.groups.list()),
    'API users': namesOf(await client.apiUsers.list(oid)),
    Policies: namesOf(await client.policies.list(oid)),
  };
}

async function unlessRefused(create: Promise<unknown>): Promise<void> {
  const error = await create.then(
    () => undefined,
    (refused: unknown) => refused,
  );
  if (error === undefined || (error instanceof FlairgateClientError && [400, 409].includes(error.status ?? 0))) return;
  throw error;
}

/** Selectors of the names on each screen. */
const SHOWN: Readonly<Record<keyof AcceptedNames, string>> = {
  Keys: 'tbody .key-name',
  'Ingestion keys': '.rows strong',
  Groups: '.box > summary strong',
  'API users': 'tbody th > bdi',
  Policies: '.rows strong',
};

/** Opens each screen at each width: every name is there byte for byte, nothing hangs out, and every button is in view. */
export async function expectNamesShown(page: Page, names: AcceptedNames, widths: readonly number[]): Promise<void> {
  for (const [screen, selector] of Object.entries(SHOWN)) {
    await goTo(page, screen);
    await page.locator(selector).first().waitFor();
    // The newest keys are shown before all of them are there.
    await page.getByText('reading the others').waitFor({ state: 'detached' });
    const shown = await namesOnScreen(page, selector);
    const sought = names[screen as keyof AcceptedNames];
    expect(sought.length, screen).toBeGreaterThan(40);
    expect([screen, sought.filter((name) => !shown.has(name))]).toEqual([screen, []]);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      await expectFitting(page);
      expect([screen, width, await buttonsOutOfView(page)]).toEqual([screen, width, []]);
    }
  }
}

/** Reads the names on every page of the screen. */
async function namesOnScreen(page: Page, selector: string): Promise<ReadonlySet<string>> {
  const shown = new Set<string>();
  for (;;) {
    for (const name of await page.locator(selector).evaluateAll(namesIn)) shown.add(name);
    const next = page.getByRole('button', { name: 'Next' });
    if ((await next.count()) === 0 || (await next.isDisabled())) return shown;
    await next.click();
  }
}

/** Names without the badges in them. Runs in the page. */
function namesIn(elements: readonly Element[]): readonly string[] {
  return elements.map((element) => {
    const name = element.cloneNode(true) as Element;
    for (const badge of name.querySelectorAll('.badge')) badge.remove();
    return name.textContent ?? '';
  });
}

function buttonsOutOfView(page: Page): Promise<readonly string[]> {
  return page.locator('main :is(button, a.button, summary)').evaluateAll((buttons) =>
    buttons
      .filter((button) => {
        const { left, right, width } = button.getBoundingClientRect();
        return width > 0 && (left < 0 || right > document.documentElement.clientWidth);
      })
      .map((button) => button.textContent ?? ''),
  );
}
