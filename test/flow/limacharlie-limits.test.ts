import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

let folder: DemoFolder;
let place: string;
let demo: RunningDemo;

beforeAll(async () => {
  folder = await demoFolder();
  place = await mkdtemp(join(tmpdir(), 'flairgate-limits-'));
  const config = join(place, 'config.yml');
  await writeFile(config, 'limits:\n  records: 3\n  recordBytes: 3000\n');
  demo = await folder.start({ FLAIRGATE_CONFIG: config });
});
afterAll(async () => {
  await folder.remove();
  await rm(place, { recursive: true });
});

async function call(method: string, path: string, form?: Readonly<Record<string, string>>) {
  const answer = await fetch(`${demo.url}${path.replace('OID', demo.oid)}`, {
    method,
    headers: { 'x-api-key': demo.keys.bulk ?? '' },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const body: Readonly<Record<string, unknown>> = await answer.json();
  return { status: answer.status, body };
}

const sized = (bytes: number) => ({ data: JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) }) });
const refused = (name: string, limit: number) => ({ status: 409, body: { code: 'ERR_LIMIT', limit, name } });

describe.each([
  ['a hive', '/v1/hive/dr-general/OID', (at: number) => `/r${at}/data`],
  ['objects of a type', '/v1/limeobjects/OID/deal', () => ''],
] as const)('%s', (_what, path, place) => {
  it('the demo takes no more bytes than its limit, and no more rows', async () => {
    const ok = { status: 200 };
    expect(await call('POST', `${path}${place(1)}`, sized(2000))).toMatchObject(ok);
    expect(await call('POST', `${path}${place(2)}`, sized(1001))).toMatchObject(refused('recordBytes', 3000));
    expect(await call('POST', `${path}${place(2)}`, sized(900))).toMatchObject(ok);
    expect(await call('POST', `${path}${place(3)}`, sized(50))).toMatchObject(ok);
    expect(await call('POST', `${path}${place(4)}`, sized(50))).toMatchObject(refused('records', 3));
  });
});

describe('a record that is there', () => {
  it('a record that is there is replaced by what is no larger, and by no more than fits', async () => {
    const path = '/v1/hive/dr-managed/OID/one/data';
    expect(await call('POST', path, sized(2900))).toMatchObject({ status: 200 });
    expect(await call('POST', path, sized(3001))).toMatchObject(refused('recordBytes', 3000));
    expect(await call('POST', path, { ...sized(3001), etag: '*' })).toMatchObject(refused('recordBytes', 3000));
    expect(await call('POST', path, sized(3000))).toMatchObject({ status: 200 });
    expect(await call('POST', path, { ...sized(2000), etag: '*' })).toMatchObject({ status: 200 });
  });
});
