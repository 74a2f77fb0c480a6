import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;
const LIST = ['org', 'list'] as const;
const CREATE = ['org', 'create', '--name', 'Acme'] as const;

let place: Workplace;

beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(place.folder, name);
  await writeFile(file, text);
  return file;
}

async function refusalOf(env: Readonly<Record<string, string>>): Promise<string> {
  const { exit, stderr } = await place.run(LIST, env);
  expect(exit).toBe(1);
  return stderr;
}

describe('service links of Kubernetes', { timeout }, () => {
  it('service links of Kubernetes are no settings', async () => {
    const links = {
      FLAIRGATE_SERVICE_HOST: '10.0.0.7',
      FLAIRGATE_SERVICE_PORT: '8787',
      FLAIRGATE_SERVICE_PORT_HTTP: '8787',
      FLAIRGATE_PORT: 'tcp://10.0.0.7:8787',
      FLAIRGATE_PORT_8787_TCP: 'tcp://10.0.0.7:8787',
      FLAIRGATE_PORT_8787_TCP_PROTO: 'tcp',
      FLAIRGATE_PORT_8787_TCP_PORT: '8787',
      FLAIRGATE_PORT_8787_TCP_ADDR: '10.0.0.7',
      FLAIRGATE_CONSOLE_SERVICE_HOST: 'fd00::7',
      FLAIRGATE_CONSOLE_PORT: 'udp://[fd00::7]:53',
      FLAIRGATE_DATA_PORT_53_UDP_ADDR: 'fd00::7',
      // The link of a Service named `flairgate-metrics`, and the name of a setting.
      FLAIRGATE_METRICS_PORT: 'tcp://10.0.0.7:9464',
    };
    expect(await place.run(CREATE, links)).toMatchObject({ exit: 0 });
  });

  it.each([
    ['FLAIRGATE_PORT', '8787'],
    ['FLAIRGATE_SERVICE_HOST', 'example.com'],
    ['FLAIRGATE_SERVICE_PORT', '70000'],
    ['FLAIRGATE_PORT_8787_TCP_PROTO', 'yes'],
    ['FLAIRGATE_PORTS', 'tcp://10.0.0.7:8787'],
    ['FLAIRGATE_ISSUER_FILE', 'issuer.txt'],
  ])('service links of Kubernetes do not excuse an unknown variable: %s=%s', async (name, value) => {
    expect(await refusalOf({ [name]: value })).toContain(`${name}: unknown variable`);
  });
});

describe('a setting with the name of a service link', { timeout }, () => {
  it.each(['9464 tcp', 'tcp://metrics:9464', 'tcp://10.0.0.7'])('FLAIRGATE_METRICS_PORT refuses %s', async (value) => {
    expect(await refusalOf({ FLAIRGATE_METRICS_PORT: value })).toContain('FLAIRGATE_METRICS_PORT: must be a port');
  });
});

describe('a variable that names a file', { timeout }, () => {
  it('a variable that names a file gives the content of the file without its line break', async () => {
    const database = join(place.folder, 'keys.db');
    const env = {
      DATABASE_URL_FILE: await fileOf('url', `${database}\r\n`),
      FLAIRGATE_MASTER_KEY_FILE: await fileOf('key', `${'a'.repeat(64)}\n`),
    };
    expect(await place.run(CREATE, env)).toMatchObject({ exit: 0 });
    expect(existsSync(database)).toBe(true);
    expect(existsSync(`${database}.master-key`)).toBe(false);
  });

  it('a variable that names a file is refused next to the variable with the value', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1', REDIS_URL_FILE: await fileOf('url', 'redis://127.0.0.1') };
    expect(await refusalOf(env)).toContain('REDIS_URL: must not be set together with REDIS_URL_FILE');
  });

  it('a variable that names a file is refused if the file is missing, empty or too large', async () => {
    const refusal = async (file: string) => refusalOf({ FLAIRGATE_TOKEN_SECRET_FILE: file });
    expect(await refusal('missing')).toContain(
      'FLAIRGATE_TOKEN_SECRET_FILE: must name a file that can be read (ENOENT): missing',
    );
    expect(await refusal(await fileOf('empty', ' \n'))).toContain('must not be empty');
    expect(await refusal(await fileOf('large', 'x'.repeat(65_537)))).toContain('must have at most 64 KiB');
  });
});

describe('white space at an end of a value', { timeout }, () => {
  it.each([
    ['FLAIRGATE_MASTER_KEY', `${'a'.repeat(64)}\n`],
    ['FLAIRGATE_TOKEN_SECRET', `${'t'.repeat(48)}\n`],
    ['DATABASE_URL', 'postgres://db.internal/keys\n'],
    ['REDIS_URL', ' redis://cache.internal'],
    ['FLAIRGATE_DATA', 'folder '],
  ])('white space at an end of a value is refused for %s, and the value is not repeated', async (name, value) => {
    const refusal = await refusalOf({ [name]: value });
    expect(refusal).toContain(`${name}: must not begin or end with white space or a line break`);
    expect(refusal).not.toContain(value.trim());
  });
});
