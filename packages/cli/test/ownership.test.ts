import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;
let place: Workplace;
let oid: string;

beforeAll(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com'])).oid);
}, timeout);
afterAll(() => place.remove());

it('the ownership commands adopt resources by id, from a file, and all of a type, and list them', {
  timeout,
}, async () => {
  const given = ['--type', 'rule', '--org', oid];
  expect(await place.json(['adopt', ...given, '--id', 'a', '--id', 'b'])).toEqual({
    oid,
    type: 'rule',
    adopted: 2,
    before: 0,
  });
  await writeFile(join(place.folder, 'ids'), 'b\nc\n');
  expect(await place.json(['adopt', ...given, '--from-file', 'ids'])).toEqual({
    oid,
    type: 'rule',
    adopted: 1,
    before: 1,
  });
  expect(await place.json(['adopt', ...given])).toEqual({ oid, type: 'rule', ids: 'all' });
  const listed = await place.json(['ownership', 'list', ...given, '--tenancy', 'shared']);
  expect(listed).toEqual({
    items: ['a', 'b', 'c'].map((id) => ({ id, created_by: null, locked_by: null, secret: false })),
    unfinished: [],
  });
  const untold = await place.run(['ownership', 'list', ...given]);
  expect([untold.exit, untold.stderr]).toEqual([2, "required option '--tenancy <tenancy>' not specified\n"]);
  const release = await place.run(['ownership', 'release', ...given, '--tenancy', 'shared', '--id', 'a']);
  expect(release.exit).not.toBe(0);
  expect(
    (await place.run(['ownership', 'transfer', ...given, '--tenancy', 'routed', '--id', 'none', '--to', 'x'])).exit,
  ).not.toBe(0);
  expect((await place.run(['adopt', ...given, '--tenancy', 'routed'])).exit).not.toBe(0);
});

it('flairgate rls prints the row-level security of a table, and refuses an invalid name', { timeout }, async () => {
  const given = ['rls', '--table', 'app.rule', '--role', 'service', '--content', 'data', '--field', 'name'];
  const { sql } = await place.json(given);
  expect(sql).toContain('alter table "app"."rule" force row level security;');
  const script = (await place.run(given)).stdout;
  expect(script.trimEnd()).toBe(`\\set ON_ERROR_STOP on\n\nbegin;\n\n${String(sql).trimEnd()}\n\ncommit;`);
  const { exit, stdout } = await place.run(['rls', '--table', 'rule; drop', '--role', 'r', '--content', 'data']);
  expect([exit === 0, stdout]).toEqual([false, '']);
});
