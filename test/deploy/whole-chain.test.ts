import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, kindsToTest } from '../../packages/stores/test/databases.js';
import { hasPooler, POOL_SIZE } from '../../packages/stores/test/postgres/pooler.js';
import { keysOf, onRedis, redisAnswers, redisUrl } from '../../packages/stores/test/redis-server.js';
import { type RunningBrowser, skipsBrowser, startBrowser } from '../browser/browser.ts';
import { signInWithOrganizationKey } from '../browser/open-console.ts';
import { CALLS, type Chain, newName, REFUSALS, send, startChain, statusesOfAll } from './chain.ts';
import { hasNginx } from './running-nginx.ts';

const isTested =
  hasNginx() && hasPooler() && !skipsBrowser && (await kindsToTest(['postgres'])).length > 0 && (await redisAnswers());

const times = (count: number, status: number) => Array.from({ length: count }, () => status).join(' ');

describe.runIf(isTested)('nginx, two gateways, PgBouncer, PostgreSQL and Redis', { timeout: 180_000 }, () => {
  const rows: { readonly what: string; readonly expected: string; readonly found: string }[] = [];
  let chain: Chain;
  let browser: RunningBrowser;

  beforeAll(async () => {
    [chain, browser] = await Promise.all([startChain(), startBrowser()]);
  }, 120_000);

  afterAll(async () => {
    const width = Math.max(...rows.map(({ what }) => what.length));
    const lines = rows.map(({ what, expected, found }) => `| ${what.padEnd(width)} | ${expected} | ${found} |`);
    process.stdout.write(`| ${'what'.padEnd(width)} | must be | was |\n${lines.join('\n')}\n`);
    await browser?.close();
    await chain?.close();
  });

  function check(what: string, found: string, expected: string): void {
    rows.push({ what, expected, found });
    expect(found, what).toBe(expected);
  }

  const byKey = (key: string, more: Readonly<Record<string, string>> = {}) => ({ 'x-api-key': key, ...more });
  const who = (from: string, headers: Readonly<Record<string, string>>) =>
    statusesOfAll(chain, '/v1/who', { from, headers });
  const keysPath = () => `${chain.base}/v1/orgs/${chain.oid}/keys`;

  async function createKey(fields: Readonly<Record<string, string>> = {}, from = '127.0.1.1') {
    const headers = byKey(chain.admin, { 'x-forwarded-for': '203.0.113.9' });
    const named = { key_name: newName(), perms: 'dr.list', ...fields };
    const { status, body } = await send(keysPath(), { from, method: 'POST', headers, fields: named });
    expect(status, JSON.stringify(body)).toBe(200);
    return { name: named.key_name, text: String(body.api_key), keyId: String(body.key_hash) };
  }

  it('a key with address ranges is bound to the address that nginx sees', async () => {
    const { text } = await createKey({ allowed_ip_range: '127.0.0.2/31' });
    check('key for 127.0.0.2/31, from 127.0.0.2', await who('127.0.0.2', byKey(text)), '200 200');
    check('… from 127.0.0.9', await who('127.0.0.9', byKey(text)), '401 401');
    const forged = byKey(text, {
      'x-forwarded-for': '127.0.0.2',
      forwarded: 'for=127.0.0.2',
      'x-real-ip': '127.0.0.2',
    });
    check('… from 127.0.0.9 with forged headers', await who('127.0.0.9', forged), '401 401');
  });

  it('refusals and calls are counted by address, together in both gateways', async () => {
    const guesses: number[] = [];
    for (let count = 0; count < REFUSALS + 2; count += 1) {
      const headers = byKey(`no-such-key-${count}`, { 'x-forwarded-for': `198.51.100.${count}` });
      guesses.push((await send(`${chain.base}/v1/who`, { from: '127.0.0.4', headers })).status);
    }
    const limited = `${times(REFUSALS, 401)} ${times(2, 429)}`;
    check(`guesses from 127.0.0.4, limit ${REFUSALS}`, guesses.join(' '), limited);
    check('a guess from 127.0.0.5', await who('127.0.0.5', byKey('no-such-key')), '401 401');
    const [one, other] = [await createKey(), await createKey()];
    check('a good key from 127.0.0.5', await who('127.0.0.5', byKey(one.text)), '200 200');
    const counts = new Map<number, number>();
    for (let count = 0; count < CALLS + 10; count += 1) {
      const headers = byKey(count % 2 === 0 ? one.text : other.text);
      const { status } = await send(`${chain.base}/v1/who`, { from: '127.0.0.6', headers });
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    const found = [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
    check(`calls by two keys from 127.0.0.6, limit ${CALLS}`, found, `${CALLS} × 200, 10 × 429`);
    check('the same keys from 127.0.0.7', await who('127.0.0.7', byKey(other.text)), '200 200');
  });

  it('the audit has the address that nginx sees', async () => {
    const { text, keyId } = await createKey({}, '127.0.0.8');
    const refused = byKey(text, { 'x-forwarded-for': '203.0.113.9' });
    check('keys listed without apikey.ctrl, from 127.0.0.10', await listKeys('127.0.0.10', refused), '401 401');
    const made = await auditUntil(({ action, target }) => action === 'key.create' && String(target).includes(keyId));
    check('audit: address of the creation from 127.0.0.8', made, '127.0.0.8');
    const denied = await auditUntil(({ address, outcome }) => address === '127.0.0.10' && outcome !== 'allowed');
    check('audit: address of the refusal from 127.0.0.10', denied, '127.0.0.10');
  });

  const listKeys = (from: string, headers: Readonly<Record<string, string>>) =>
    statusesOfAll(chain, `/v1/orgs/${chain.oid}/keys`, { from, headers });

  /** Refusals are written together, up to a second later. */
  async function auditUntil(isMeant: (entry: Readonly<Record<string, unknown>>) => boolean): Promise<string> {
    let entries: Readonly<Record<string, unknown>>[] = [];
    for (let tries = 0; tries < 40; tries += 1) {
      const call = { from: '127.0.1.2', headers: byKey(chain.admin) };
      const { body } = await send(`${chain.base}/v1/orgs/${chain.oid}/audit`, call);
      entries = body.events as typeof entries;
      const entry = entries.find(isMeant);
      if (entry !== undefined) return String(entry.address);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`the audit has no such entry: ${JSON.stringify(entries)}`);
  }

  it('a key that is revoked ends in both gateways, with its tokens', async () => {
    const { text, keyId } = await createKey();
    const exchange = { from: '127.0.1.3', method: 'POST', fields: { oid: chain.oid, secret: text } };
    const { body } = await send(`${chain.base}/jwt`, exchange);
    const token = { authorization: `Bearer ${body.jwt}` };
    check('key before the revocation', await who('127.0.0.11', byKey(text)), '200 200');
    check('token before the revocation', await who('127.0.0.11', token), '200 200');
    const revocation = {
      from: '127.0.1.3',
      method: 'DELETE',
      headers: byKey(chain.admin),
      fields: { key_hash: keyId },
    };
    const sentAt = performance.now();
    check('DELETE of the key', String((await send(keysPath(), revocation)).status), '200');
    const ended = await untilRefused([byKey(text), token]);
    process.stdout.write(`both gateways refuse key and token after ${Math.round(performance.now() - sentAt)} ms\n`);
    check('key and token after it', ended, '401 401, 401 401');
  });

  async function both(from: string, credentials: readonly Readonly<Record<string, string>>[]): Promise<string> {
    const found: string[] = [];
    for (const headers of credentials) found.push(await who(from, headers));
    return found.join(', ');
  }

  /** Asks until all refuse, from one address after the other, so that none reaches its limit of refusals. */
  async function untilRefused(credentials: readonly Readonly<Record<string, string>>[]): Promise<string> {
    let found = '200';
    for (let tries = 1; tries < 100 && found.includes('200'); tries += 1) {
      found = await both(`127.0.2.${tries}`, credentials);
    }
    return found;
  }

  it('the console works under /auth in a browser', async () => {
    const page = await browser.context.newPage();
    const [outside, errors]: [string[], string[]] = [[], []];
    page.on('request', (request) => void (request.url().startsWith(`${chain.base}/`) || outside.push(request.url())));
    page.on('pageerror', ({ message }) => errors.push(message));
    const { name } = await createKey();
    await page.goto(`${chain.base}/console`);
    await signInWithOrganizationKey(page, chain.oid, chain.admin);
    const heading = await page.getByRole('heading', { name: 'Keys', level: 1 }).textContent({ timeout: 60_000 });
    check('console: screen after the sign-in', heading ?? '', 'Keys');
    await page.getByText(name).first().waitFor({ timeout: 60_000 });
    check('console: requests outside /auth, errors', `${outside.length}, ${errors.length}`, '0, 0');
    await page.close();
  });

  it('documents and metadata name the path', async () => {
    const call = { from: '127.0.1.4' };
    check('GET /auth/docs/', await statusesOfAll(chain, '/docs/', call), '200 200');
    const { body } = await send(`${chain.base}/openapi.json`, call);
    const [server] = body.servers as { readonly url: string }[];
    check('openapi.json: servers', new URL(server?.url ?? '', chain.base).href, chain.base);
    const place = `${new URL(chain.base).origin}/.well-known/oauth-authorization-server/auth`;
    const metadata = await send(place, call);
    check('RFC 8414 metadata: token_endpoint', String(metadata.body.token_endpoint), `${chain.base}/oauth/token`);
  });

  it('both gateways share the connections of PgBouncer, and Redis', async () => {
    const name = new URL(chain.database.url).pathname.slice(1);
    const { rows: found } = await asAdmin((client: pg.Client) =>
      client.query('select count(*)::int as n from pg_stat_activity where datname = $1', [name]),
    );
    const isPooled = found[0].n >= 1 && found[0].n <= POOL_SIZE;
    check(`connections of PostgreSQL: 1 to ${POOL_SIZE}`, isPooled ? 'yes' : String(found[0].n), 'yes');
    const listening = await onRedis(redisUrl, (client) => client.pubSubNumSub(`${chain.prefix}changes`));
    check('gateways that Redis wakes', Object.values(listening).join(), '2');
    check('limits kept in Redis', (await keysOf(chain.prefix)).length > 0 ? 'yes' : 'no', 'yes');
  });

  it('one gateway answers alone while the other stops', async () => {
    const { text, keyId } = await createKey();
    check('key at both gateways', await who('127.0.0.12', byKey(text)), '200 200');
    await chain.gateways[1]?.stop();
    const answers: number[] = [];
    const ask = async () => {
      answers.push((await send(`${chain.base}/v1/who`, { from: '127.0.0.12', headers: byKey(text) })).status);
    };
    for (let count = 0; count < 4; count += 1) await ask();
    check('calls after one gateway stopped', answers.splice(0).join(' '), times(4, 200));
    const revocation = { from: '127.0.1.5', method: 'DELETE', fields: { key_hash: keyId } };
    await send(keysPath(), { ...revocation, headers: byKey(chain.admin) });
    for (let count = 0; count < 2; count += 1) await ask();
    check('the key after its revocation', answers.join(' '), times(2, 401));
  });
});
