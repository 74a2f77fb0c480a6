import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { cleanEnvironment, program, type Workplace, workplace } from '../../../packages/cli/test/flairgate.ts';

/** Calls before the first write, and after it. */
const WRITTEN = 200;
const UNWRITTEN = 50;

/** Longest wait for a write, which comes after ten seconds. */
const PATIENCE_MS = 60_000;

const places: Workplace[] = [];
afterAll(() => Promise.all(places.map((place) => place.remove())));

async function serve(place: Workplace) {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--json'], {
    cwd: place.folder,
    env: cleanEnvironment({}),
  });
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (part) => {
      out += part;
      if (out.includes('\n')) resolve(JSON.parse(out.split('\n', 1)[0] ?? '').url);
    });
    child.once('exit', () => reject(new Error('the service stopped')));
  });
  return { child, url };
}

it('the usage of keys loses at most what was counted since the last write, when the process is killed', async () => {
  const place = await workplace();
  places.push(place);
  const { oid } = await place.json(['org', 'create', '--name', 'acme']);
  const { key } = await place.json(['key', 'create', '--org', String(oid), '--name', 'k', '--permission', 'org.get']);
  const { child, url } = await serve(place);
  const call = async () => {
    const answer = await fetch(`${url}/v1/orgs/${oid}`, { headers: { 'x-api-key': String(key) } });
    expect(answer.status).toBe(200);
  };
  const counted = async () => {
    const { items } = await place.json(['usage', 'list', '--org', String(oid)]);
    return (items as { readonly calls: number }[]).reduce((sum, { calls }) => sum + calls, 0);
  };
  for (let n = 0; n < WRITTEN; n++) await call();
  const start = Date.now();
  while ((await counted()) < WRITTEN && Date.now() - start < PATIENCE_MS) await pause(500);
  expect(await counted()).toBe(WRITTEN);
  for (let n = 0; n < UNWRITTEN; n++) await call();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const kept = await counted();
  expect(kept).toBeGreaterThanOrEqual(WRITTEN);
  expect(kept).toBeLessThanOrEqual(WRITTEN + UNWRITTEN);

  const again = await serve(place);
  const { child: second } = again;
  for (let n = 0; n < UNWRITTEN; n++) {
    const answer = await fetch(`${again.url}/v1/orgs/${oid}`, { headers: { 'x-api-key': String(key) } });
    expect(answer.status).toBe(200);
  }
  second.kill('SIGTERM');
  await once(second, 'exit');
  expect(await counted()).toBe(kept + UNWRITTEN);
});
