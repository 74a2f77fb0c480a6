import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** Chromium of the machine, or undefined. `CHROMIUM` names another one. */
export const chromiumPath = [
  process.env.CHROMIUM ?? '',
  ...(process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => [join(folder, 'chromium'), join(folder, 'chromium-browser')]),
].find(isProgram);

/** True if Chromium is missing. The reason is printed, and it is a failure if `CI` is set. */
export const skipsBrowser = chromiumPath === undefined;

if (skipsBrowser) {
  const reason = 'no Chromium on this machine (apt-get install chromium, or name one in CHROMIUM)';
  if (process.env.CI !== undefined) throw new Error(`the browser tests cannot run: ${reason}`);
  console.warn(`skipped: ${reason}`);
}

/** A browser that knows nothing yet, and is forgotten when it is closed. */
export interface RunningBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts Chromium. `ignoreHTTPSErrors` makes it accept certificates that a test has made itself. */
export async function startBrowser({ ignoreHTTPSErrors = false } = {}): Promise<RunningBrowser> {
  if (chromiumPath === undefined) throw new Error('there is no Chromium');
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-browser-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath,
    headless: true,
    ignoreHTTPSErrors,
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path !== '';
  } catch {
    return false;
  }
}
