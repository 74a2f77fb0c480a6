import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './run-here.js';

const ISSUER = 'https://token.actions.githubusercontent.com';
let folder: string;
let org: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  org = String((await json(['org', 'create', '--name', 'Acme'])).oid);
});
afterAll(() => rm(folder, { recursive: true }));

function run(args: readonly string[]) {
  return runHere([...args, '--database', join(folder, 'test.db'), '--json'], {});
}

async function json(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exit, stdout, stderr } = await run(args);
  if (exit !== 0) throw new Error(`${exit} ${stdout} ${stderr}`);
  return JSON.parse(stdout);
}

function create(name: string, ...more: readonly string[]): readonly string[] {
  const rule = ['--issuer', ISSUER, '--audience', 'https://api.example.com', ...more];
  return ['federation', 'create', '--org', org, '--name', name, ...rule];
}

describe('flairgate federation', { timeout: 60_000 }, () => {
  it('flairgate federation creates, lists and deletes a workload', async () => {
    const match = ['--match', 'repository_id=123', '--match', 'ref=refs/heads/main'];
    const rest = ['--permission', 'dr.set', '--ttl-seconds', '900'];
    const { federation_id: id, name } = await json(create('deploy[segment]', ...match, ...rest));
    expect(name).toBe('deploy[segment]');
    expect(await json(['federation', 'list', '--org', org])).toEqual({
      items: [
        {
          federation_id: id,
          name: 'deploy[segment]',
          permissions: ['dr.set'],
          issuer: ISSUER,
          audience: 'https://api.example.com',
          match: { repository_id: '123', ref: 'refs/heads/main' },
          ttl_seconds: 900,
          once: true,
          created: expect.any(Number),
        },
      ],
    });
    await json(['federation', 'delete', '--org', org, '--federation', String(id)]);
    expect(await json(['federation', 'list', '--org', org])).toEqual({ items: [] });
  });

  it('flairgate federation takes --reusable, and a name again after its federation was deleted', async () => {
    const { federation_id: id } = await json(create('again', '--match', 'repository_id=1', '--reusable'));
    const listed = await json(['federation', 'list', '--org', org]);
    expect(listed.items).toMatchObject([{ federation_id: id, once: false, ttl_seconds: 900 }]);
    await json(['federation', 'delete', '--org', org, '--federation', String(id)]);
    expect(await json(create('again', '--match', 'repository_id=1'))).toMatchObject({ name: 'again' });
  });

  it.each([
    [['--match', 'repository=octo-org/octo-repo'], 'repository_id'],
    [['--match', 'sub=repo:octo-org/*'], 'wildcard'],
    [['--match', 'repository_id'], 'CLAIM=VALUE'],
    [['--match', 'repository_id=1', '--match', 'repository_id=2'], 'once'],
    [['--match', 'repository_id=1', '--once', '--reusable'], '--once'],
    [['--match', 'repository_id=1', '--ttl-seconds', '5'], '60'],
    [['--match', 'repository_id=1', '--permission', 'dr.lst'], 'dr.list'],
    [[], '--match'],
  ])('flairgate federation create refuses %j, and creates nothing', async (more, said) => {
    const { exit, stdout, stderr } = await run(create('never', ...more));
    expect(exit).toBeGreaterThan(0);
    expect(stdout + stderr).toContain(said);
    const { items } = await json(['federation', 'list', '--org', org]);
    expect(items).not.toContainEqual(expect.objectContaining({ name: 'never' }));
  });

  it('flairgate federation create refuses an issuer that the operator does not list', async () => {
    const args = create('never', '--match', 'sub=x').map((word) => (word === ISSUER ? 'https://issuer.example' : word));
    const { exit, stdout, stderr } = await run(args);
    expect(exit).toBeGreaterThan(0);
    expect(stdout + stderr).toContain('operator allows');
  });
});
