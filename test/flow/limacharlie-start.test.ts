import { afterEach, beforeEach, expect, it } from 'vitest';
import { lintOpenApi } from './lint-open-api.js';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

let folder: DemoFolder;
beforeEach(async () => {
  folder = await demoFolder();
});
afterEach(() => folder.remove());

const flairs = ['bulk', 'lock', 'root', 'secret', 'segment'];

function who({ url }: RunningDemo, key: string): Promise<Response> {
  return fetch(`${url}/v1/who`, { headers: { 'x-api-key': key } });
}

it('shows five keys at the first start, all UUIDs that work, and no organization key but [root] may make keys', async () => {
  const demo = await folder.start();
  expect(Object.keys(demo.keys).sort()).toEqual(flairs);
  for (const [flair, key] of Object.entries(demo.keys)) {
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const answer = (await (await who(demo, key)).json()) as { readonly ident: string; readonly perms: string[] };
    expect(answer.ident).toBe(`demo[${flair}]`);
    expect(answer.perms).toEqual(expect.arrayContaining(['dr.list', 'sensor.list', 'org.get']));
    expect(answer.perms.includes('apikey.ctrl')).toBe(flair === 'root');
  }
});

it('describes what it adds, so that it can be tried on the page: all that is served, by the rules of the linter', async () => {
  const { url, keys, oid } = await folder.start();
  const text = await (await fetch(`${url}/openapi.json`)).text();
  expect(await lintOpenApi(text)).toEqual([]);
  const { paths } = JSON.parse(text) as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  expect(Object.keys(paths['/v1/hive/{hive}/{oid}/{name}/data'] ?? {}).sort()).toEqual(['get', 'post']);
  const added = Object.keys(paths).filter((path) => /^\/v1\/(?:hive|installationkeys|limeobjects|ingest)\//.test(path));
  expect(added.length).toBeGreaterThan(8);
  const headers = { 'x-api-key': keys.bulk ?? '' };
  for (const path of added) {
    const at = path.replace('{oid}', oid).replaceAll(/\{\w+\}/g, 'none');
    expect([path, (await fetch(url + at, { method: 'PATCH', headers })).status]).toEqual([path, 405]);
  }
});

it('gives curl lines that work as they are printed', async () => {
  const { text, keys } = await folder.start();
  const { execFileSync } = await import('node:child_process');
  const lines = text.split('\n').filter((line) => line.startsWith('curl '));
  expect(lines.length).toBeGreaterThanOrEqual(2 * Object.keys(keys).length);
  for (const line of lines) {
    const printed = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
    expect(JSON.parse(printed)).not.toHaveProperty('error');
  }
});

it('of two processes that start at once on an empty folder lets one make the demo', async () => {
  const both = await Promise.all([folder.start(), folder.start()]);
  const [maker, ...others] = both.filter(({ keys }) => Object.keys(keys).length > 0);
  expect(others).toEqual([]);
  for (const demo of both) expect((await who(demo, maker?.keys.bulk ?? '')).status).toBe(200);
  const later = await folder.start();
  expect(later.oid).toBe(maker?.oid);
});
