import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import { postgresStore } from '@flairgate/stores/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { masterKey } from '../../../packages/stores/test/databases.js';
import { type OwnPostgres, ownPostgres, postgresPrograms, serverUser } from '../../cluster/own-postgres.ts';

const programs = postgresPrograms();
const program = fileURLToPath(new URL('../../../packages/cli/bin/flairgate.js', import.meta.url));

/** Makes a certificate that its own key signs, for a host. */
function makeCertificate(folder: string, name: string, host: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const user = serverUser();
  if (user !== undefined) for (const file of [folder, cert, key]) chownSync(file, user.uid, user.gid);
  return { cert, key };
}

/** Returns why the store of this address does not open. */
async function whyNot(url: string): Promise<string> {
  try {
    await (await postgresStore({ url, masterKey, schema: 'tls' })).close();
    return 'it opened';
  } catch (error) {
    expect(error).toBeInstanceOf(UnavailableError);
    return faultCause(error).text;
  }
}

describe.skipIf(programs === undefined)('a PostgreSQL whose certificate cannot be trusted', () => {
  let folder: string;
  let server: OwnPostgres;
  let plain: OwnPostgres;
  let certificate: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flairgate-tls-'));
    const { cert, key } = makeCertificate(folder, 'server', 'database.example');
    certificate = cert;
    const tls = ['-c', 'ssl=on', '-c', `ssl_cert_file=${cert}`, '-c', `ssl_key_file=${key}`];
    server = await ownPostgres(programs ?? '', tls);
    plain = await ownPostgres(programs ?? '');
    await Promise.all([server.start(), plain.start()]);
  });
  afterAll(async () => {
    await Promise.all([server?.remove(), plain?.remove()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('a certificate that cannot be trusted is told in words for each reason', async () => {
    const to = (of: OwnPostgres, query: string) => `${of.url}?${query}`;
    const told = {
      'signed by itself': await whyNot(to(server, 'sslmode=verify-full')),
      'trusted, of another host': await whyNot(to(server, `sslmode=verify-full&sslrootcert=${certificate}`)),
      'a server without TLS': await whyNot(to(plain, 'sslmode=verify-full')),
      'trusted as it is': await whyNot(to(server, 'sslmode=no-verify')),
    };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    expect(told).toEqual({
      'signed by itself': 'the certificate of the server is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
      'trusted, of another host': 'the certificate of the server is for another name',
      'a server without TLS': 'the server takes no encrypted connections',
      'trusted as it is': 'it opened',
    });
  });

  test.each(['doctor', 'serve'])('flairgate %s tells a bad certificate in words, without the password', (command) => {
    const url = new URL(`${server.url}?sslmode=verify-full`);
    url.password = 'hidden';
    const env = { PATH: process.env.PATH, DATABASE_URL: url.href, FLAIRGATE_MASTER_KEY: 'a'.repeat(64), PORT: '0' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, command], { cwd: folder, env });
    const said = `${stdout}${stderr}`;
    process.stdout.write(`${command}: exit ${status}: ${said}`);
    expect(status).not.toBe(0);
    expect(said).toContain('the certificate of the server is not trusted; name its authority in NODE_EXTRA_CA_CERTS');
    expect(said).not.toContain('hidden');
  });
});
