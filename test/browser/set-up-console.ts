import { createKey } from '@flairgate/core/administration';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { done, operator } from '../flow/running-service.ts';
import { type Complaints, type OpenedConsole, openConsole, signIn } from './open-console.ts';

/** One console for all tests of a file, and a page for each of them. */
export interface ConsoleTest {
  readonly opened: OpenedConsole;
  readonly page: Page;
  readonly complaints: Complaints;
}

export interface ConsoleSetUp {
  /** Fills the database before the first test. */
  readonly prepare?: (opened: OpenedConsole) => Promise<void>;
  /** Called with the page of each test before it runs. */
  readonly begin: (test: ConsoleTest) => void | Promise<void>;
  /** True for a text that the page may complain of in the running test. */
  readonly mayComplain?: (text: string) => boolean;
}

/** Opens a console for the tests of a `describe`. A test fails if its page complains of anything. */
export function setUpConsole({ prepare, begin, mayComplain = () => false }: ConsoleSetUp): void {
  // A browser beside other tests is slow.
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
  let opened: OpenedConsole;
  let page: Page;
  let complaints: Complaints;

  beforeAll(async () => {
    opened = await openConsole();
    await prepare?.(opened);
  });

  beforeEach(async () => {
    ({ page, complaints } = await opened.page());
    await begin({ opened, page, complaints });
  });

  afterEach(async () => {
    await page.context().setOffline(false);
    await page.close();
    expect(complaints.texts.filter((text) => !mayComplain(text))).toEqual([]);
  });

  afterAll(() => opened.close());
}

/** Signs in as the seeded user, in the organization `acme`. */
export function enter({ opened, page }: Pick<ConsoleTest, 'opened' | 'page'>): Promise<void> {
  return signIn(page, { uid: opened.uid, key: opened.userKey.text, name: 'acme' });
}

/** Creates a key of the seeded organization. */
export function newOrganizationKey(
  { administration, oid }: OpenedConsole,
  key: { readonly name: string; readonly permissions: readonly string[]; readonly expiresAt?: number },
) {
  return done(createKey(administration, operator, { owner: { kind: 'organization', oid }, ...key }));
}
