import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { masterKey } from '../../packages/stores/test/databases.js';
import { byKey, byToken, type Issuer, startIssuer } from '../flow/services-fixture.ts';
import { ask } from './ask.ts';
import { type ClusterDatabase, ISSUER, makeDatabase, type Running, startGateway, startMember } from './processes.ts';

/** Four gateways and two services without a database, each a process, and the hand that changes things. */
export interface Cluster {
  readonly database: ClusterDatabase;
  /** Changes keys and users on the same database, in the process of the test. */
  readonly control: Issuer;
  readonly gateways: readonly Running[];
  readonly members: readonly Running[];
  readonly all: readonly Running[];
  close(): Promise<void>;
}

const GATEWAYS = 4;

/** A store on the cluster's database, as a further process would have it. */
export function openStore(url: string): Promise<Store> {
  return postgresStore({ url, masterKey });
}

export interface ClusterOptions {
  /** Absent = no Redis. */
  readonly redisUrl?: string | undefined;
  /** Default: an empty one of the server that all tests share. */
  readonly database?: ClusterDatabase;
  /** Gives another address of the same database, for the gateways alone: the hand reaches it as it is. */
  readonly wayTo?: (databaseUrl: string) => Promise<string>;
}

/** The second service has the last gateway for its Flairgate, the first one the first. */
export async function startCluster({ redisUrl, ...given }: ClusterOptions = {}): Promise<Cluster> {
  const database = given.database ?? (await makeDatabase());
  const gatewaysUrl = given.wayTo === undefined ? database.url : await given.wayTo(database.url);
  const control = await startIssuer({ store: await openStore(database.url), issuer: ISSUER });
  const env: Record<string, string> = redisUrl === undefined ? {} : { REDIS_URL: redisUrl };
  const gateways = await Promise.all(Array.from({ length: GATEWAYS }, () => startGateway(gatewaysUrl, env)));
  const { text } = await control.serviceKey({ name: 'readings', organizations: 'all', mayExchange: [] });
  const nearest = [gateways[0], gateways[GATEWAYS - 1]].filter((gateway) => gateway !== undefined);
  const members = await Promise.all(nearest.map(({ url }) => startMember(url, text)));
  const all = [...gateways, ...members];
  return {
    database,
    control,
    gateways,
    members,
    all,
    async close() {
      await Promise.all(members.map((member) => member.stop()));
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await control.close();
      await database.remove();
    },
  };
}

/** A caller's two credentials. */
export interface Credentials {
  readonly key: string;
  readonly token: string;
}

export function headersOf({ key, token }: Credentials): readonly Readonly<Record<string, string>>[] {
  return [byKey(key), byToken(token)];
}

/** Returns whether a process allows the caller `dr.list`. A fault is neither. */
export async function judged(process: Running, headers: Readonly<Record<string, string>>) {
  const { status, text } = await ask(`${process.url}/v1/who`, headers);
  if (status === 401) return 'refused';
  if (status !== 200) return 'fault';
  return text.includes('"dr.list"') ? 'allowed' : 'refused';
}

/** Returns the result of every process for both credentials. */
export async function judgedEverywhere(processes: readonly Running[], credentials: Credentials) {
  const calls = processes.flatMap((process) => headersOf(credentials).map((headers) => judged(process, headers)));
  return [...new Set(await Promise.all(calls))];
}

/** Asking more often would take the processors from those who are asked. */
const POLL_MS = 10;

/** Milliseconds after `from` at which the answer came by which the last process refuses both credentials. */
export async function untilRefusedEverywhere(
  processes: readonly Running[],
  credentials: Credentials,
  from: number,
  atMostMs: number,
): Promise<number> {
  const waits = processes.flatMap((process) =>
    headersOf(credentials).map((headers) => untilRefused(process, headers, from, atMostMs)),
  );
  return Math.max(...(await Promise.all(waits)));
}

async function untilRefused(
  process: Running,
  headers: Readonly<Record<string, string>>,
  from: number,
  atMostMs: number,
): Promise<number> {
  for (;;) {
    const verdict = await judged(process, headers);
    const passed = performance.now() - from;
    if (verdict === 'refused') return passed;
    if (passed > atMostMs) throw new Error(`after ${Math.round(passed)} ms: ${verdict}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
