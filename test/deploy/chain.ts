import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { type Workplace, workplace } from '../../packages/cli/test/flairgate.js';
import { masterKey } from '../../packages/stores/test/databases.js';
import { openPooler, type Pooler } from '../../packages/stores/test/postgres/pooler.js';
import { dropPrefix, freePort, newPrefix, redisUrl } from '../../packages/stores/test/redis-server.js';
import { type ClusterDatabase, COMMAND, makeDatabase, type Running, startProcess } from '../cluster/processes.ts';
import { GATEWAY_HEADER, type RunningNginx, startNginx } from './running-nginx.ts';

/** Refusals and calls of one address until it gets 429. */
export const REFUSALS = 4;
export const CALLS = 60;

/** nginx in front of two gateways, which share PostgreSQL behind PgBouncer, and Redis. */
export interface Chain {
  /** URL of the service, as clients know it. */
  readonly base: string;
  readonly oid: string;
  /** A key that may manage keys and read the audit, made by the command line. */
  readonly admin: string;
  readonly gateways: readonly Running[];
  readonly database: ClusterDatabase;
  readonly prefix: string;
  close(): Promise<void>;
}

export async function startChain(): Promise<Chain> {
  const database = await makeDatabase();
  const pooler = await openPooler();
  const port = await freePort();
  const prefix = newPrefix();
  const place = await workplace();
  const env = await environment(place, pooler, database, port, prefix);
  const { oid } = await place.json(['org', 'create', '--name', 'Acme'], env);
  const create = ['key', 'create', '--org', String(oid), '--name', 'admin'];
  const key = await place.json([...create, '--permission', 'apikey.ctrl', 'audit.get', 'dr.list', 'org.get'], env);
  const serve = [COMMAND, 'serve', '--port', '0', '--json'];
  const gateways = await Promise.all([startProcess(serve, env), startProcess(serve, env)]);
  const ports = gateways.map(({ url }) => Number(new URL(url).port));
  const nginx: RunningNginx = await startNginx(ports, port);
  return {
    base: `${nginx.url}/auth`,
    oid: String(oid),
    admin: String(key.key),
    gateways,
    database,
    prefix,
    async close() {
      await nginx.close();
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await pooler.close();
      await database.remove();
      await dropPrefix(prefix);
      await place.remove();
    },
  };
}

async function environment(
  place: Workplace,
  pooler: Pooler,
  database: ClusterDatabase,
  port: number,
  prefix: string,
): Promise<Record<string, string>> {
  const config = join(place.folder, 'config.yml');
  const lines = [
    `redis: { prefix: '${prefix}' }`,
    `rate_limits: { by: address, calls: ${CALLS}, refusals: ${REFUSALS}, window_seconds: 3600 }`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const url = new URL(pooler.url);
  url.pathname = new URL(database.url).pathname;
  return {
    DATABASE_URL: url.href,
    REDIS_URL: redisUrl,
    FLAIRGATE_POOLER: 'true',
    FLAIRGATE_MASTER_KEY: masterKey.toString('hex'),
    FLAIRGATE_ISSUER: `http://127.0.0.1:${port}/auth`,
    FLAIRGATE_TRUST_PROXY: '1',
    FLAIRGATE_CONFIG: config,
  };
}

export interface Sent {
  /** Address of the caller: every address in 127.0.0.0/8 is of this machine. */
  readonly from: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
}

export interface Received {
  readonly status: number;
  /** Address of the gateway that answered. */
  readonly gateway: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends a request from an address of this machine, on a connection of its own. */
export function send(url: string, { from, method = 'GET', headers = {}, fields }: Sent): Promise<Received> {
  const form = fields === undefined ? '' : new URLSearchParams(fields).toString();
  const body =
    form === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, localAddress: from, agent: false, headers: { ...headers, ...body } }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (part: string) => {
        text += part;
      });
      res.on('error', reject);
      res.on('end', () => {
        const isJson = /json/.test(String(res.headers['content-type']));
        const gateway = String(res.headers[GATEWAY_HEADER] ?? '');
        resolve({ status: res.statusCode ?? 0, gateway, body: isJson ? JSON.parse(text) : {} });
      });
    });
    sent.on('error', reject);
    sent.end(form);
  });
}

/** Sends a request until each gateway has answered it once. Returns their status codes. */
export async function statusesOfAll({ base, gateways }: Chain, path: string, call: Sent): Promise<string> {
  const statuses = new Map<string, number>();
  for (let tries = 0; statuses.size < gateways.length; tries += 1) {
    if (tries > 20) throw new Error('one of the gateways never answers');
    const { gateway, status } = await send(`${base}${path}`, call);
    if (!statuses.has(gateway)) statuses.set(gateway, status);
  }
  return [...statuses.values()].join(' ');
}

/** A name that no other call of this run has. */
export function newName(): string {
  return `key-${randomBytes(4).toString('hex')}`;
}
