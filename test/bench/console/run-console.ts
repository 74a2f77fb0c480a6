import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { type Figure, printFigure } from '../harness/figure.js';
import { type ManyKeys, serveManyKeys } from './many-keys.js';

const KEYS = 2000;
const ROUNDS = 5;
const CPU_SLOWDOWN = 4;

/** Slow 4G of Lighthouse: 1.6 Mbit/s, 150 ms. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };

/** Aims of issue and documentation, in milliseconds. */
const AIMS = { list: 1000, load: 2000 };

/** Measures the admin page in Chromium, and prints each figure beside its aim. */
async function runConsoleBench(): Promise<void> {
  const served = await serveManyKeys(KEYS);
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-bench-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const list: number[] = [];
    const search: number[] = [];
    const load: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      load.push(await timeFirstLoad(context, served));
      const times = await timeList(context, served);
      list.push(times.list);
      search.push(times.search);
    }
    report(printFigure(`console/list of ${KEYS} keys, CPU ${CPU_SLOWDOWN}x`, 'ms', list), AIMS.list);
    report(printFigure(`console/search in ${KEYS} keys, CPU ${CPU_SLOWDOWN}x`, 'ms', search), undefined);
    report(printFigure(`console/first load, slow 4G, CPU ${CPU_SLOWDOWN}x`, 'ms', load), AIMS.load);
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
    await served.close();
  }
}

function report({ name, value, low, high }: Figure, aim: number | undefined): void {
  const judged = aim === undefined ? '' : `, aim ${aim} ms: ${value <= aim ? 'met' : 'missed'}`;
  process.stdout.write(
    `${name}: ${Math.round(value)} ms (quartiles ${Math.round(low)} to ${Math.round(high)})${judged}\n`,
  );
}

async function slowPage(context: BrowserContext): Promise<{ readonly page: Page; readonly session: CDPSession }> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  return { page, session };
}

/** Milliseconds from the first byte that is asked for until the sign-in can be used, with an empty cache. */
async function timeFirstLoad(context: BrowserContext, { url }: ManyKeys): Promise<number> {
  const { page, session } = await slowPage(context);
  await session.send('Network.enable');
  await session.send('Network.clearBrowserCache');
  await session.send('Network.emulateNetworkConditions', SLOW_4G);
  await page.goto(`${url}/console/`, { waitUntil: 'commit' });
  const time = await page.evaluate<number>(`new Promise((resolve) => {
    const look = () => document.querySelector('button[type=submit]') === null
      ? requestAnimationFrame(look)
      : requestAnimationFrame(() => resolve(performance.now()));
    look();
  })`);
  await page.close();
  return time;
}

/** Milliseconds from the choice of an organization until its keys can be used, and of a search in them. */
async function timeList(
  context: BrowserContext,
  { url, uid, key }: ManyKeys,
): Promise<{ readonly list: number; readonly search: number }> {
  const { page } = await slowPage(context);
  await page.goto(`${url}/console/`);
  await page.getByLabel('User id').fill(uid);
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.row-button').waitFor();
  const list = await page.evaluate<number>(`new Promise((resolve) => {
    const start = performance.now();
    document.querySelector('.row-button').click();
    const look = () => document.querySelector('tbody tr') === null
      ? requestAnimationFrame(look)
      : requestAnimationFrame(() => resolve(performance.now() - start));
    look();
  })`);
  await page.locator('.filters').waitFor();
  const search = await page.evaluate<number>(`new Promise((resolve) => {
    const input = document.querySelector('input[type=search]');
    const start = performance.now();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'key 1999');
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const look = () => document.querySelectorAll('tbody tr').length > 1
      ? requestAnimationFrame(look)
      : requestAnimationFrame(() => resolve(performance.now() - start));
    look();
  })`);
  await page.close();
  return { list, search };
}

await runConsoleBench();
