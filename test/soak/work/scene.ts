import type { Answer, Client, Sent } from '../client.js';
import type { Gateway } from '../fleet.js';
import type { Ledger } from '../ledger.js';
import type { Random } from '../random.js';
import type { Stalls } from '../stalls.js';
import type { Credential, Organization, Secret, World } from '../world.js';

/** Dependencies of every operation of the load. */
export interface Scene {
  readonly world: World;
  readonly gateways: readonly Gateway[];
  readonly client: Client;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly stalls: Stalls;
  /** Milliseconds within which every gateway refuses a revoked credential. */
  readonly boundMs: number;
  /** Number of the worker, so that two of them never use the same names. */
  readonly worker: number;
}

/** Ends an operation whose gateway was restarted meanwhile, or whose answer was noted as a breach. */
export class OperationEnded extends Error {}

/** Sends a request. Notes a breach if the answer has none of the allowed statuses, and ends the operation. */
export async function ask(
  scene: Scene,
  gateway: Gateway,
  operation: string,
  sent: Sent,
  may: readonly number[],
): Promise<Answer> {
  const { client, ledger, stalls } = scene;
  const { moves } = gateway;
  if (gateway.isAway) throw new OperationEnded();
  const answer = await client.send(gateway.url, sent);
  if (gateway.moves !== moves) {
    ledger.count(operation, 'away');
    throw new OperationEnded();
  }
  const isLate = answer.status === 0 || answer.status === 503;
  if (isLate && stalls.overlaps(answer.sentAt, answer.answeredAt)) {
    ledger.count(operation, 'stalled');
    throw new OperationEnded();
  }
  ledger.count(operation, answer.status);
  if (may.includes(answer.status)) return answer;
  ledger.breach(`${operation} at ${gateway.name}: ${answer.status} ${answer.text.slice(0, 300)}`);
  throw new OperationEnded();
}

export function anyGateway({ gateways, random }: Scene): Gateway {
  const there = gateways.filter(({ isAway }) => !isAway);
  if (there.length === 0) throw new OperationEnded();
  return random.pick(there);
}

export function anyOrganization({ world, random }: Scene): Organization {
  return random.pick(world.organizations);
}

/** Returns a header for the client's address, as a proxy in front would send it. */
export function fromAnywhere({ random }: Scene): Readonly<Record<string, string>> {
  const v4 = () => `198.51.${random.below(256)}.${random.below(256)}`;
  const v6 = () => `2001:db8:${random.hex(4)}:${random.hex(4)}::${random.hex(4)}`;
  return { 'x-forwarded-for': random.below(2) === 0 ? v4() : v6() };
}

/** Notes a breach if a credential was refused that is valid, or accepted that every gateway must refuse. */
export function judge(
  scene: Scene,
  gateway: Gateway,
  { name, secret }: Credential,
  answer: Answer,
  isIn: boolean,
): void {
  const { ledger, boundMs } = scene;
  if (!isIn) {
    const mayBeRefused = secret.endingFrom !== undefined && secret.endingFrom <= answer.answeredAt;
    if (!mayBeRefused) ledger.breach(`${name}: a valid credential was refused by ${gateway.name}: ${answer.text}`);
    return;
  }
  const { ended } = secret;
  if (ended === undefined) return;
  const graceMs = ended.by === gateway ? 0 : boundMs;
  const lateMs = answer.sentAt - ended.at - graceMs;
  if (lateMs > 0) ledger.breach(`${name}: accepted by ${gateway.name} ${Math.round(lateMs)} ms after the bound`);
}

const MAX_DEAD = 300;

/** Keeps a credential that has ended, so that it is tried again and again. */
export function bury({ world, random }: Scene, credential: Credential): void {
  world.dead.push(credential);
  if (world.dead.length > MAX_DEAD) world.dead.splice(random.below(world.dead.length), 1);
}

/** Marks a secret as ending. The request that ends it is sent next. */
export function markEnding(secret: Secret): void {
  secret.endingFrom = performance.now();
}
