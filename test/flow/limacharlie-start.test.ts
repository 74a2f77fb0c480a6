import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lintOpenApi } from './lint-open-api.js';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

const flairs = ['bulk', 'lock', 'root', 'secret', 'segment'];

function who({ url }: RunningDemo, key: string): Promise<Response> {
  return fetch(`${url}/v1/who`, { headers: { 'x-api-key': key } });
}

describe('the demo', () => {
  let folder: DemoFolder;
  let demo: RunningDemo;
  beforeAll(async () => {
    folder = await demoFolder();
    demo = await folder.start();
  });
  afterAll(() => folder.remove());

  it('the demo shows five keys at the first start, all UUIDs that work, and no organization key but [root] may make keys', async () => {
    expect(Object.keys(demo.keys).sort()).toEqual(flairs);
    for (const [flair, key] of Object.entries(demo.keys)) {
      expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const answer = (await (await who(demo, key)).json()) as { readonly ident: string; readonly perms: string[] };
      expect(answer.ident).toBe(`demo[${flair}]`);
      expect(answer.perms).toEqual(expect.arrayContaining(['dr.list', 'sensor.list', 'org.get']));
      expect(answer.perms.includes('apikey.ctrl')).toBe(flair === 'root');
    }
  });

  it('the demo describes what it adds, so that it can be tried on the page: all that is served, by the rules of the linter', async () => {
    const { url, keys, oid } = demo;
    const text = await (await fetch(`${url}/openapi.json`)).text();
    const { paths } = JSON.parse(text) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    expect(Object.keys(paths['/v1/hive/{hive}/{oid}/{name}/data'] ?? {}).sort()).toEqual(['get', 'post']);
    const added = Object.keys(paths).filter((path) =>
      /^\/v1\/(?:hive|installationkeys|limeobjects|ingest)\//.test(path),
    );
    expect(added.length).toBeGreaterThan(8);
    const headers = { 'x-api-key': keys.bulk ?? '' };
    for (const path of added) {
      const at = path.replace('{oid}', oid).replaceAll(/\{\w+\}/g, 'none');
      expect([path, (await fetch(url + at, { method: 'PATCH', headers })).status]).toEqual([path, 405]);
    }
    // Last, because it takes seconds in which this process hears of no connection that the demo closes.
    expect(await lintOpenApi(text)).toEqual([]);
  });

  it('the demo gives one line for each flair, which is answered as it says', async () => {
    const { text } = demo;
    const answers: unknown[][] = [];
    for (const [, flair, line = ''] of text.matchAll(/^# \[(\w+)\] .*\n(curl .*)$/gm)) {
      const { stdout } = await promisify(execFile)('sh', ['-c', line]);
      answers.push([flair, JSON.parse(stdout)]);
    }
    expect(answers).toMatchObject([
      ['segment', { 'by-segment': { sys_mtd: { created_by: 'demo[segment]' } } }],
      ['bulk', { data: null, opaque: true }],
      ['secret', { data: { detection: { value: 'made by secret' } } }],
      ['lock', { code: 'ERR_RESOURCE_LOCKED', error: expect.stringContaining('locked by demo[lock]') }],
      ['root', { guid: expect.any(String), name: 'by-lock' }],
    ]);
    expect(Object.keys(Object(answers[0]?.[1]))).toEqual(['by-segment']);
  });

  it('the demo ends with the line that makes another key, a UUID too', async () => {
    const first = demo;
    const [line = ''] = first.text.trimEnd().split('\n').slice(-1);
    const [, words = ''] = /^Make another key: npx --yes pnpm@12 flairgate (.*)$/.exec(line) ?? [];
    const command = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
    const env = { PATH: process.env.PATH };
    const { stdout } = await promisify(execFile)('sh', ['-c', `"$0" "$1" ${words} --json`, process.execPath, command], {
      cwd: folder.path,
      env,
    });
    const { key } = JSON.parse(stdout);
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await (await who(first, key)).json()).toMatchObject({ ident: 'vendor[segment]' });
    const later = await folder.start();
    expect(later.text.trimEnd().split('\n').at(-1)).toBe(line);
  });

  it('the demo prints a key that signs in at the console, and shows the tour again with --tour', async () => {
    const first = demo;
    const signIn = /console, user (\S+), key (\S+)$/m;
    const [, uid = '', key = ''] = signIn.exec(first.text) ?? [];
    const exchange = async (secret: string) =>
      (await fetch(`${first.url}/jwt`, { method: 'POST', body: new URLSearchParams({ uid, secret }) })).status;
    expect(await exchange(key)).toBe(200);
    const again = await folder.start({}, ['--tour']);
    expect(again.oid).toBe(first.oid);
    expect((await who(again, again.keys.segment ?? '')).status).toBe(200);
    expect((await who(again, first.keys.segment ?? '')).status).toBe(401);
    const [, sameUid, newKey = ''] = signIn.exec(again.text) ?? [];
    expect([sameUid, await exchange(newKey), await exchange(key)]).toEqual([uid, 200, 401]);
  });
});

describe('the demo in an empty folder', () => {
  let folder: DemoFolder;
  beforeEach(async () => {
    folder = await demoFolder();
  });
  afterEach(() => folder.remove());

  it('of two processes that start at once on an empty folder, one makes the demo', async () => {
    const both = await Promise.all([folder.start(), folder.start()]);
    const [maker, ...others] = both.filter(({ keys }) => Object.keys(keys).length > 0);
    expect(others).toEqual([]);
    for (const demo of both) expect((await who(demo, maker?.keys.bulk ?? '')).status).toBe(200);
    const later = await folder.start();
    expect(later.oid).toBe(maker?.oid);
  });
});
