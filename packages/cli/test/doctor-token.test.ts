import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './run-here.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const header = { alg: 'ES256', typ: 'at+jwt', kid: 'a-key' };
let folder: string;
let server: Server;
let issuer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  server = createServer((request, response) => {
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'a-key', alg: 'ES256', use: 'sig' }];
    const isKeys = request.url === '/keys';
    response.end(JSON.stringify(isKeys ? { keys } : { issuer, jwks_uri: `${issuer}/keys` }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const claims = () => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: 'api', sub: 'marked-subject', jti: 'marked-id', iat: now, exp: now + 60 };
};

function tokenOf(head: object, said: object): string {
  const text = [head, said].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

async function examine(token: string, ...more: readonly string[]) {
  const file = join(folder, 'token');
  await writeFile(file, `${token}\n`);
  const args = ['doctor', '--issuer', issuer, '--token-file', file, '--audience', 'api', '--json', ...more];
  const { exit, stdout, stderr } = await runHere(args, {});
  expect(stdout + stderr).not.toContain('marked');
  expect(stdout + stderr).not.toContain(token.split('.')[2]);
  const { findings = [] } = JSON.parse(stdout) as { findings?: { check: string; text: string }[] };
  return { exit, findings: findings.map(({ check, text }) => `${check}: ${text}`), stdout };
}

describe('flairgate doctor with the token of an issuer', () => {
  it('flairgate doctor finds nothing in a token that is accepted', async () => {
    expect(await examine(tokenOf(header, claims()))).toMatchObject({ exit: 0, findings: [] });
  });

  const wrong: readonly [string, () => string, RegExp][] = [
    ['another audience', () => tokenOf(header, { ...claims(), aud: 'marked' }), /^claims: aud must contain api$/],
    ['no id', () => tokenOf(header, { ...claims(), jti: undefined }), /^claims: jti .*requireJti/],
    ['an end in the past', () => tokenOf(header, { ...claims(), exp: 1 }), /^claims: it has expired$/],
    ['a long life', () => tokenOf(header, { ...claims(), exp: claims().iat + 7200 }), /^claims: exp .*3600 s/],
    ['a slash too many', () => tokenOf(header, { ...claims(), iss: `${issuer}/` }), /^issuer: .*slash at the end$/],
    ['another type', () => tokenOf({ ...header, typ: 'JWT' }, claims()), /^header: typ must be at\+jwt/],
    ['another member', () => tokenOf({ ...header, x5t: 'marked' }, claims()), /^header: only alg, typ, kid/],
    ['another key', () => tokenOf({ ...header, kid: 'other' }, claims()), /^key: no usable key/],
    ['another algorithm', () => tokenOf({ ...header, alg: 'HS256' }, claims()), /^key: alg must be one of/],
    ['no dots', () => 'marked-text', /^form: .*three parts/],
  ];
  it.each(wrong)('flairgate doctor names the rule that refuses a token with %s', async (_, make, expected) => {
    const { exit, findings } = await examine(make());
    expect(findings).toEqual([expect.stringMatching(expected)]);
    expect(exit).toBe(1);
  });

  it('flairgate doctor names a wrong signature, and every wrong claim without a connection', async () => {
    const other = tokenOf(header, { ...claims(), sub: 'other' }).split('.')[2];
    const forged = [...tokenOf(header, claims()).split('.').slice(0, 2), other].join('.');
    expect((await examine(forged)).findings).toEqual([expect.stringMatching(/^signature: /)]);
    const file = join(folder, 'offline');
    await writeFile(file, tokenOf(header, { ...claims(), iss: 'https://issuer.example', aud: 'x' }));
    const args = ['doctor', '--issuer', 'https://issuer.invalid', '--audience', 'api', '--token-file', file, '--json'];
    const { findings } = JSON.parse((await runHere(args, {})).stdout) as { findings: { check: string }[] };
    expect(findings.map(({ check }) => check)).toEqual(['issuer', 'claims', 'key']);
  });

  it.each([
    ['--issuer', 'https://a.example'],
    ['--issuer', 'https://a.example', '--token-file', '/no/such/file', '--audience', 'x'],
    ['--issuer', 'https://a.example', '--token-file', '/dev/null'],
    ['--audience', 'x'],
    ['--allow-private-addresses'],
  ])('flairgate doctor refuses %j %j %j %j %j %j', async (...args) => {
    const { exit, stdout, stderr } = await runHere(['doctor', ...args.filter((each) => each !== undefined)], {});
    expect(exit, stdout).toBeGreaterThan(0);
    expect(stderr + stdout).toMatch(/--(?:token-file|audience|issuer)/);
  });
});
