import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openAdministration } from '@flairgate/core/administration';
import { postgresStore } from '@flairgate/stores/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest, masterKey } from '../../packages/stores/test/databases.js';
import { makeDatabase } from '../cluster/processes.ts';

const program = fileURLToPath(new URL('../../examples/drizzle-postgres/dist/main.js', import.meta.url));
const isTested = (await kindsToTest(['postgres'])).length > 0;

describe.runIf(isTested)('the example with Drizzle on PostgreSQL', { timeout: 60_000 }, () => {
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let child: ChildProcess;
  let rules: string;
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    database = await makeDatabase();
    const env = { DATABASE_URL: database.url, FLAIRGATE_MASTER_KEY: masterKey.toString('hex'), PORT: '0' };
    child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    const store = await postgresStore({ url: database.url, masterKey, schema: 'flairgate' });
    const operator = openAdministration(store).asOperator('test');
    const { oid } = await operator.createOrganization({ name: 'acme' });
    const permissions = ['dr.list', 'dr.set', 'dr.del'];
    for (const name of ['agent', 'vendor[segment]', 'vault[secret]', 'chef[lock]']) {
      keys[name] = (await operator.create({ organization: oid, name, permissions })).text;
    }
    await store.close();
    rules = /http:\S+/.exec(String(line))?.[0].replace(':oid', oid) ?? '';
  }, 60_000);

  afterAll(async () => {
    child?.kill('SIGKILL');
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await database?.remove();
  });

  async function send(name: string, method: string, path = '', body?: object) {
    const headers = { 'x-api-key': keys[name] ?? '', 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${rules}${path}`, init);
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
  }

  const create = async (name: string, rule: object) => String((await send(name, 'POST', '', rule)).body.id);
  const list = async (name: string) => (await send(name, 'GET')).body.rules as readonly { readonly name: string }[];

  it('the example with Drizzle on PostgreSQL shows each key its rows, and content to whom it is not secret', async () => {
    await create('agent', { name: 'common', data: '{}' });
    await create('vendor[segment]', { name: 'of-vendor', data: '{"v":1}' });
    const id = await create('vault[secret]', { name: 'sealed', data: '{"s":1}' });
    expect((await list('agent')).map(({ name }) => name)).toEqual(['common', 'of-vendor', 'sealed']);
    expect((await list('vendor[segment]')).map(({ name }) => name)).toEqual(['of-vendor']);
    const sealed = async (name: string) => (await list(name)).find((row) => row.name === 'sealed');
    expect(await sealed('agent')).toEqual({ id, name: 'sealed', data: null, opaque: true });
    expect(await sealed('vault[secret]')).toEqual({ id, name: 'sealed', data: '{"s":1}', opaque: false });
  });

  it('the example with Drizzle on PostgreSQL answers a hidden rule as a missing one, and a locked one with 403', async () => {
    const hidden = await create('agent', { name: 'hidden', data: '{}' });
    const changed = { name: 'changed', data: '{}' };
    const missing = '/0f8fad5b-d9cb-469f-a165-70867728950e';
    const answers = await Promise.all(
      [`/${hidden}`, missing, '/no-uuid'].map((path) => send('vendor[segment]', 'PUT', path, changed)),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual(answers.map(() => [404, answers[0]?.body]));
    const locked = await create('chef[lock]', { name: 'locked', data: '{}' });
    expect(await send('agent', 'PUT', `/${locked}`, changed)).toMatchObject({ status: 403 });
    expect(await send('agent', 'DELETE', `/${locked}`)).toMatchObject({ status: 403 });
    expect(await send('chef[lock]', 'PUT', `/${locked}`, changed)).toMatchObject({ status: 200 });
    // An update by a `lock` key takes a rule that nobody holds.
    expect(await send('chef[lock]', 'PUT', `/${hidden}`, changed)).toMatchObject({ status: 200 });
    expect(await send('agent', 'PUT', `/${hidden}`, changed)).toMatchObject({ status: 403 });
    expect(await send('chef[lock]', 'DELETE', `/${hidden}`)).toMatchObject({ status: 200 });
  });

  it('the example with Drizzle on PostgreSQL takes no owner from a body, and no body that is not a rule', async () => {
    const id = await create('vendor[segment]', { name: 'mine', data: '{}', createdBy: null, oid: 'other' });
    expect((await list('vendor[segment]')).map((row) => row.name)).toContain('mine');
    expect(await send('vendor[segment]', 'PUT', `/${id}`, { name: 7 })).toMatchObject({ status: 400 });
    expect(await send('agent', 'POST', '', {})).toMatchObject({ status: 400 });
  });
});
