import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from '../running-demo.js';
import { createOwnerKey } from './demo-user-key.js';

type Fields = Readonly<Record<string, string>>;
type Who = 'root' | 'owner';

let folder: DemoFolder;
let demo: RunningDemo;
let ownerKey: string;
const tokens = new Map<Who, string>();

beforeAll(async () => {
  folder = await demoFolder();
  demo = await folder.start();
  ownerKey = createOwnerKey(folder, demo);
  const { oid, ownerUid: uid } = demo;
  tokens.set('root', (await exchange({ oid, secret: demo.keys.root ?? '' })).jwt);
  tokens.set('owner', (await exchange({ uid, oid, secret: ownerKey })).jwt);
});
afterAll(() => folder.remove());

async function exchange(form: Fields): Promise<{ jwt: string; expires?: number; cut?: boolean }> {
  const answer = await fetch(demo.url, { method: 'POST', body: new URLSearchParams(form) });
  expect(answer.status).toBe(200);
  return answer.json();
}

/** Fields go in the query with GET, as the SDK's `query_params`, else in the body, as its `params`. */
async function call(who: Who, method: string, path: string, fields: Fields = {}) {
  const sent = new URLSearchParams(fields);
  const place = path.replace('OID', demo.oid);
  const query = method === 'GET' && sent.size > 0 ? `?${sent}` : '';
  const answer = await fetch(`${demo.url}/v1/${place}${query}`, {
    method,
    headers: { authorization: `Bearer ${tokens.get(who)}` },
    ...(method === 'GET' ? {} : { body: sent }),
  });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text) };
}

async function succeed(...sent: Parameters<typeof call>) {
  const answer = await call(...sent);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

describe("LimaCharlie's Python SDK and organizations", () => {
  it("LimaCharlie's Python SDK learns whether a name is free, and no two organizations get one name", async () => {
    expect(await succeed('owner', 'GET', 'orgs/new', { name: 'taken once' })).toEqual({ is_available: true });
    await succeed('owner', 'POST', 'orgs/new', { name: 'taken once' });
    expect(await succeed('owner', 'GET', 'orgs/new', { name: 'taken once' })).toEqual({ is_available: false });
    const again = await call('owner', 'POST', 'orgs/new', { name: 'taken once' });
    expect(again).toMatchObject({ status: 409, body: { code: 'ERR_NAME_TAKEN' } });
    const organization = await call('root', 'GET', 'orgs/new', { name: 'taken once' });
    expect(organization).toMatchObject({ status: 401, body: { code: 'ERR_USER_REQUIRED' } });
  });

  it("LimaCharlie's Python SDK renames one and describes it, each by itself", async () => {
    const name = (fields: Fields) => succeed('owner', 'POST', `orgs/OID/name?${new URLSearchParams(fields)}`);
    expect(await name({ name: 'renamed' })).toMatchObject({ success: true, name: 'renamed', description: '' });
    expect(await name({ description: 'about it' })).toMatchObject({ name: 'renamed', description: 'about it' });
    expect(await succeed('root', 'GET', 'orgs/OID')).toMatchObject({ name: 'renamed', description: 'about it' });
    await succeed('owner', 'POST', 'orgs/OID/name', { name: 'demo', description: '' });
    expect(await succeed('root', 'GET', 'orgs/OID')).toMatchObject({ name: 'demo', description: '' });
    expect((await call('owner', 'POST', 'orgs/OID/name')).status).toBe(400);
    await succeed('owner', 'POST', 'orgs/new', { name: 'of another' });
    const taken = await call('owner', 'POST', 'orgs/OID/name', { name: 'of another' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'ERR_NAME_TAKEN' } });
  });

  it("LimaCharlie's Python SDK deletes one in two steps, with a confirmation of its own", async () => {
    const made = await succeed('owner', 'POST', 'orgs/new', { name: 'to delete' });
    const { oid } = made.data;
    const whole = await exchange({ uid: demo.ownerUid, secret: ownerKey });
    const send = async (method: string, confirmation?: string) => {
      const query = confirmation === undefined ? '' : `?${new URLSearchParams({ confirmation })}`;
      const answer = await fetch(`${demo.url}/v1/orgs/${oid}/delete${query}`, {
        method,
        headers: { authorization: `Bearer ${whole.jwt}` },
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    expect((await send('DELETE', 'no confirmation')).status).toBe(400);
    const { confirmation } = await succeed('owner', 'GET', 'orgs/OID/delete');
    expect((await send('DELETE', confirmation)).status).toBe(400);
    const own = (await send('GET')).body.confirmation;
    expect(await send('DELETE', own)).toMatchObject({ status: 200, body: { success: true } });
  });

  it("LimaCharlie's Python SDK keeps configuration values, and learns the addresses of the service", async () => {
    expect((await call('owner', 'GET', 'configs/OID/vt')).status).toBe(404);
    await succeed('owner', 'POST', 'configs/OID/vt', { value: 'one' });
    await succeed('owner', 'POST', 'configs/OID/vt', { value: 'two' });
    expect(await succeed('owner', 'GET', 'configs/OID/vt')).toEqual({ config: 'vt', value: 'two' });
    const { url } = await (await fetch(`${demo.url}/v1/orgs/${demo.oid}/url`)).json();
    expect(url).toEqual({ api: demo.url, jwt: `${demo.url}/jwt` });
  });

  it("LimaCharlie's Python SDK reads the audit, packed, with the cursor it begins with", async () => {
    const now = Math.floor(Date.now() / 1000);
    const asked = { start: String(now - 3600), end: String(now + 60), cursor: '-', is_compressed: 'true' };
    const { events, next_cursor: next } = await succeed('root', 'GET', 'insight/OID/audit', asked);
    const list = JSON.parse(gunzipSync(Buffer.from(events, 'base64')).toString('utf8'));
    expect(next).toBeNull();
    expect(list).toContainEqual(
      expect.objectContaining({
        oid: demo.oid,
        etype: 'org.rename',
        ts: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        mtd: expect.objectContaining({ action: 'org.rename', name: 'renamed' }),
      }),
    );
    const typed = { ...asked, event_type: 'key.create', is_compressed: 'false' };
    const { events: made } = await succeed('root', 'GET', 'insight/OID/audit', typed);
    expect(new Set(made.map(({ etype }: { etype: string }) => etype))).toEqual(new Set(['key.create']));
    const later = { ...asked, start: String(now + 600), end: String(now + 700), is_compressed: 'false' };
    expect(await succeed('root', 'GET', 'insight/OID/audit', later)).toEqual({ events: [], next_cursor: null });
  });
});

describe("LimaCharlie's Python SDK and tokens", () => {
  it("LimaCharlie's Python SDK is told when a token is valid for less than it asked for", async () => {
    const { oid } = demo;
    const secret = demo.keys.root ?? '';
    const asked = Math.floor(Date.now() / 1000) + 8 * 3600;
    const given = await exchange({ oid, secret, expiry: String(asked) });
    expect(given.cut).toBe(true);
    expect(given.expires).toBeLessThan(asked);
    expect(Object.keys(await exchange({ oid, secret, expiry: '1800' }))).toEqual(['jwt']);
  });
});

describe("LimaCharlie's older Python SDK", () => {
  it("LimaCharlie's older Python SDK adds, lists and deletes rules by their older paths", async () => {
    const rule = { name: 'old', detection: '{"op":"is"}', response: '[{"action":"report"}]', is_enabled: 'true' };
    const sent = { ...rule, is_replace: 'false' };
    await succeed('root', 'POST', 'rules/OID', sent);
    expect(await succeed('root', 'GET', 'rules/OID')).toMatchObject({
      old: { name: 'old', detect: { op: 'is' }, respond: [{ action: 'report' }], is_enabled: true },
    });
    expect(await call('root', 'POST', 'rules/OID', sent)).toMatchObject({ status: 409 });
    await succeed('root', 'POST', 'rules/OID', { ...rule, is_replace: 'true', response: '[]' });
    expect((await call('root', 'POST', 'rules/OID', { ...rule, name: 'bad', detection: 'no JSON' })).status).toBe(400);
    expect(await succeed('root', 'GET', 'hive/dr-general/OID/old/data')).toMatchObject({ data: { respond: [] } });
    await succeed('root', 'DELETE', 'rules/OID', { name: 'old', namespace: 'general' });
    expect((await call('root', 'DELETE', 'rules/OID', { name: 'old' })).status).toBe(404);
  });

  it("LimaCharlie's older Python SDK adds, lists and deletes false positive rules", async () => {
    await succeed('root', 'POST', 'fp/OID', { name: 'quiet', is_replace: 'false', rule: '{"op":"is","path":"x"}' });
    expect(await succeed('root', 'GET', 'fp/OID')).toMatchObject({ quiet: { name: 'quiet', detect: { op: 'is' } } });
    await succeed('root', 'DELETE', 'fp/OID', { name: 'quiet' });
  });

  it("LimaCharlie's older Python SDK invites a user, with one answer whether there is one or not", async () => {
    for (const email of ['new@acme.example', 'new@acme.example']) {
      expect(await succeed('owner', 'POST', 'invite/user', { user_email: email })).toMatchObject({ success: true });
    }
    expect((await call('root', 'POST', 'invite/user', { user_email: 'x@acme.example' })).status).toBe(401);
  });
});
