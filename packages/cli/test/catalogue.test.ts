import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;

let place: Workplace;
let oid: string;
beforeAll(async () => {
  place = await workplace();
  await writeFile(join(place.folder, 'mine.yml'), 'catalogue: [invoice.list, invoice.pay]\n');
  await writeFile(
    join(place.folder, 'more.json'),
    '["invoice:list", "invoice.pay", {"name": "key.ctrl", "privileged": true}]',
  );
  await writeFile(join(place.folder, 'less.yml'), '- invoice.list\n');
  const create = ['org', 'create', '--name', 'Acme', '--config', 'mine.yml'];
  oid = String((await place.json(create)).oid);
}, timeout);
afterAll(() => place.remove());

describe('permissions of one’s own', { timeout }, () => {
  it('own permissions come from the configuration file into the database, and hold without it', async () => {
    const { items } = await place.json(['permission', 'list']);
    expect(items).toEqual([
      { name: 'invoice.list', description: '', privileged: false },
      { name: 'invoice.pay', description: '', privileged: false },
    ]);
    const create = (name: string, permission: string) =>
      place.json(['key', 'create', '--org', oid, '--name', name, '--permission', permission]);
    const { key_hash: hash } = await create('own', 'invoice:list');
    expect(JSON.stringify(await place.json(['key', 'list', '--org', oid]))).toContain('invoice.list');
    expect(hash).toBeDefined();
    expect(await create('unknown', 'dr.list')).toMatchObject({
      code: 'ERR_VALIDATION',
      error: expect.stringContaining('dr.list'),
    });
  });

  it('own permissions that differ in a file stop every command, with what differs', async () => {
    await writeFile(join(place.folder, 'other.yml'), 'catalogue: [bill.list]\n');
    for (const args of [
      ['org', 'list'],
      ['serve', '--port', '0'],
    ]) {
      const stopped = await place.run([...args, '--config', 'other.yml']);
      expect(stopped).toMatchObject({ exit: 1, stdout: '' });
      expect(stopped.stderr).toMatch(/^catalogue: .*only given: bill\.list.*flairgate catalogue put/);
    }
  });

  it('own permissions change by catalogue put; what keys would lose has to be confirmed', async () => {
    const put = (file: string, ...more: string[]) => place.json(['catalogue', 'put', '--file', file, ...more]);
    expect(await put('more.json')).toMatchObject({ permissions: 3, added: ['key.ctrl'], removed: [] });
    const refused = await put('less.yml');
    expect(refused).toMatchObject({ code: 'ERR_VALIDATION', error: expect.stringMatching(/invoice\.pay/) });
    expect(await put('less.yml', '--yes')).toMatchObject({ removed: ['invoice.pay', 'key.ctrl'] });
    const { items } = await place.json(['permission', 'list']);
    expect(items).toHaveLength(1);
  });

  it.each([
    ['a list of something else', '{"permissions": []}', /must be a list of permissions/],
    ['a name that is none', '["invoice"]', /must be a permission/],
    ['a name twice', '["a.b", "a:b"]', /a\.b must not appear twice/],
  ])('own permissions are refused as %s', async (_, text, message) => {
    const { exit, stderr } = await place.run(['catalogue', 'put', '--file', '-'], {}, text);
    expect(exit).toBe(1);
    expect(stderr).toMatch(message);
  });
});
