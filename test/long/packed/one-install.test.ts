import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** The line of the README that installs what its program needs, and the program. */
async function readProgram(): Promise<{ readonly packages: readonly string[]; readonly program: string }> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, install = ''] = /^npm install (@flairgate\/server .+)$/m.exec(readme) ?? [];
  const [, program = ''] = /^```ts\n(import [\s\S]*?createService\([\s\S]*?)^```$/m.exec(readme) ?? [];
  return { packages: install.split(' '), program };
}

/** True if npm reaches a registry. Fails where `CI` is set and it does not. */
function hasRegistry(): boolean {
  if (spawnSync('npm', ['view', 'express', 'version'], { timeout: 30_000 }).status === 0) return true;
  const reason = 'skipped: npm reaches no registry, so the packed packages cannot be installed';
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return false;
}

describe.runIf(hasRegistry())('the program of the README, pasted into an empty folder', () => {
  let folder: string;
  let tarballs: readonly string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flairgate-packed-'));
    await mkdir(join(folder, 'packed'));
    const pack = ['--yes', 'pnpm@12', '--recursive', '--filter', './packages/*', 'pack'];
    await run('npx', [...pack, '--pack-destination', join(folder, 'packed')], { cwd: root });
    tarballs = (await readdir(join(folder, 'packed'))).map((name) => join(folder, 'packed', name));
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('the program of the README installs what one line names, makes its first key, and serves a route and the exchange', async () => {
    const { packages, program } = await readProgram();
    expect(packages).toHaveLength(4);
    expect(program).toContain('createService(');
    expect(program.trim().split('\n').length).toBeLessThanOrEqual(20);
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), manifest(tarballs));
    const others = packages.filter((name) => !name.startsWith('@flairgate/'));
    const own = packages.filter((name) => name.startsWith('@flairgate/')).map((name) => tarballOf(tarballs, name));
    await run('npm', ['install', '--no-audit', '--no-fund', ...own, ...others], { cwd: project });
    const port = await freePort();
    await writeFile(join(project, 'app.mjs'), program.replaceAll('3000', String(port)));
    const first = await start(project);
    const [, oid = '', key = ''] = /organization (\S+), key (\S+)/.exec(first.said()) ?? [];
    const url = `http://127.0.0.1:${port}`;
    expect((await fetch(`${url}/invoices`)).status).toBe(401);
    const byKey = await fetch(`${url}/invoices`, { headers: { 'x-api-key': key } });
    expect([byKey.status, await byKey.json()]).toEqual([200, { you: 'first', invoices: [] }]);
    const body = new URLSearchParams({ oid, secret: key });
    const { jwt } = (await (await fetch(`${url}/jwt`, { method: 'POST', body })).json()) as { readonly jwt: string };
    expect((await fetch(`${url}/invoices`, { headers: { authorization: `Bearer ${jwt}` } })).status).toBe(200);
    await first.stop();
    const second = await start(project);
    expect(second.said()).not.toContain('key');
    expect((await fetch(`${url}/invoices`, { headers: { 'x-api-key': key } })).status).toBe(200);
    await second.stop();
  }, 300_000);

  /** Adds the packages to an app that has these drivers, and returns the versions that npm chose for them. */
  async function addTo(drivers: readonly string[]): Promise<readonly string[]> {
    const project = await mkdtemp(join(folder, 'older-'));
    await writeFile(join(project, 'package.json'), manifest(tarballs));
    // Saved exactly, npm can choose no newer one to resolve a conflict.
    const install = ['install', '--package-lock-only', '--save-exact', '--no-audit', '--no-fund'];
    await run('npm', [...install, ...drivers], { cwd: project });
    // `@flairgate/express` comes with the server: npm refuses to override what is named.
    const own = ['server', 'stores'].map((name) => tarballOf(tarballs, `@flairgate/${name}`));
    await run('npm', [...install, ...own], { cwd: project });
    const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
    return drivers.map((driver) => {
      const [name] = driver.split('@');
      return `${name}@${packages[`node_modules/${name}`].version}`;
    });
  }

  it.each([
    'pg@8.11.0',
    'redis@4.7.0',
    'redis@5.12.1',
    'express-rate-limit@7.5.0',
    'libsql@0.4.7',
    'pg@8.11.0 redis@4.7.0 libsql@0.4.7 rate-limit-redis@4.2.0 express-rate-limit@7.5.0 express@4.19.0',
  ])(
    'the program of the README, pasted into an empty folder, resolves next to %s',
    { timeout: 300_000 },
    async (line) => {
      expect(await addTo(line.split(' '))).toEqual(line.split(' '));
    },
  );

  it.each(['pg@8.10.0', 'redis@4.6.0', 'libsql@0.4.6'])(
    'the program of the README does not resolve next to %s, which is too old',
    { timeout: 300_000 },
    async (driver) => {
      await expect(addTo([driver])).rejects.toThrow(/ERESOLVE/);
    },
  );
});

/** Manifest in which the packages that are installed for others come from the packed files too. */
function manifest(tarballs: readonly string[]): string {
  const overrides = Object.fromEntries(
    ['core', 'express', 'client'].map((name) => {
      return [`@flairgate/${name}`, `file:${tarballOf(tarballs, `@flairgate/${name}`)}`];
    }),
  );
  return JSON.stringify({ name: 'project', private: true, type: 'module', overrides });
}

function tarballOf(tarballs: readonly string[], name: string): string {
  const start = `${name.replace('@', '').replace('/', '-')}-`;
  const found = tarballs.find((path) => path.includes(`/${start}`));
  if (found === undefined) throw new Error(`no tarball of ${name}`);
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function start(project: string) {
  const child = spawn(process.execPath, ['app.mjs'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (part) => {
    said += part;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it stopped: ${said}`);
    const [, port] = /listen\((\d+)/.exec(await readFile(join(project, 'app.mjs'), 'utf8')) ?? [];
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    said: () => said,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
