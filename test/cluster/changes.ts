import {
  addGroupMember,
  addGroupOrganization,
  createGroup,
  removeGroupMember,
  removeUser,
  revokeKey,
  revokePermissions,
  rotateKey,
  setGroupPermissions,
  setKeyState,
} from '@flairgate/core/administration';
import { done, type Issuer, type NewKey, OPERATOR } from '../flow/services-fixture.ts';
import { type Cluster, type Credentials, judgedEverywhere, untilRefusedEverywhere } from './cluster.ts';

/** A caller whom all processes let in, and the change that ends that. */
export interface Doomed extends Credentials {
  end(): Promise<unknown>;
}

type Doom = (control: Issuer, oid: string, email: string) => Promise<Doomed>;

/** Every kind of change that takes something from a caller. */
export const changes: Readonly<Record<string, Doom>> = {
  revoke: ofKey(({ service }, oid, { keyId }) => revokeKey(service.context.administration, OPERATOR, { oid, keyId })),
  disable: ofKey(({ service }, oid, { keyId }) =>
    setKeyState(service.context.administration, OPERATOR, { oid, keyId }, 'disabled'),
  ),
  rotate: ofKey(({ service }, oid, { keyId }) =>
    rotateKey(service.context.administration, OPERATOR, { oid, keyId, overlapSeconds: 0 }),
  ),
  narrow: ofMember(({ service }, oid, email) =>
    revokePermissions(service.context.administration, OPERATOR, { oid, email, permissions: ['dr.list'] }),
  ),
  'remove from organization': ofMember(({ service }, oid, email) =>
    removeUser(service.context.administration, OPERATOR, { oid, email }),
  ),
  'remove from group': ofGroup(({ service }, gid, email) =>
    removeGroupMember(service.context.administration, OPERATOR, { gid, email }),
  ),
  'narrow group': ofGroup(({ service }, gid) =>
    setGroupPermissions(service.context.administration, OPERATOR, { gid, permissions: ['org.get'] }),
  ),
};

type Change = Parameters<typeof done>[0];

function ofKey(end: (control: Issuer, oid: string, key: NewKey) => Change): Doom {
  return async (control, oid, name) => {
    const key = await control.key(oid, name.replace('@', '-at-'), ['dr.list', 'org.get']);
    const token = await control.token({ oid, secret: key.text });
    return { key: key.text, token, end: () => done(end(control, oid, key)) };
  };
}

function ofMember(end: (control: Issuer, oid: string, email: string) => Change): Doom {
  return async (control, oid, email) => {
    const user = await control.user(email, [oid], ['dr.list', 'org.get']);
    const token = await control.token({ uid: user.uid, secret: user.text });
    return { key: user.text, token, end: () => done(end(control, oid, email)) };
  };
}

function ofGroup(end: (control: Issuer, gid: string, email: string) => Change): Doom {
  return async (control, oid, email) => {
    const { administration } = control.service.context;
    const user = await control.user(email, [], []);
    const { gid } = await done(createGroup(administration, OPERATOR, { name: email }));
    await done(setGroupPermissions(administration, OPERATOR, { gid, permissions: ['dr.list', 'org.get'] }));
    await done(addGroupOrganization(administration, OPERATOR, { gid, oid }));
    await done(addGroupMember(administration, OPERATOR, { gid, email }));
    const token = await control.token({ uid: user.uid, secret: user.text });
    return { key: user.text, token, end: () => done(end(control, gid, email)) };
  };
}

/** Milliseconds, each list sorted. */
export interface Measured {
  /** From before a change to the answer by which the last process refuses key and token. */
  readonly until: readonly number[];
  /** Milliseconds of it that the change itself took. */
  readonly change: readonly number[];
  /** One question to every process with both credentials, all at once, while nothing changes. */
  readonly round: readonly number[];
}

/** Makes a kind of change `times` times. Throws if a process does not refuse after it, or accepts again later. */
export async function measure(cluster: Cluster, kind: string, times: number, atMostMs: number): Promise<Measured> {
  const oid = await cluster.control.organization(kind);
  const doom = changes[kind];
  if (doom === undefined) throw new Error(`no such change: ${kind}`);
  const until: number[] = [];
  const change: number[] = [];
  const round: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const doomed = await doom(cluster.control, oid, `${kind.replaceAll(' ', '-')}-${count}@acme.example`);
    await expectEverywhere(cluster, doomed, 'allowed');
    round.push(await elapsed(() => expectEverywhere(cluster, doomed, 'allowed')));
    const from = performance.now();
    change.push(await elapsed(() => doomed.end()));
    until.push(await untilRefusedEverywhere(cluster.all, doomed, from, atMostMs));
    await expectEverywhere(cluster, doomed, 'refused');
  }
  return { until: inOrder(until), change: inOrder(change), round: inOrder(round) };
}

async function expectEverywhere(cluster: Cluster, credentials: Credentials, wanted: string): Promise<void> {
  const found = await judgedEverywhere(cluster.all, credentials);
  if (found.join() !== wanted) throw new Error(`${found.join()} in place of ${wanted}`);
}

function inOrder(list: readonly number[]): readonly number[] {
  return list.toSorted((a, b) => a - b);
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Returns a percentile: the value that `of100` of a hundred values do not exceed. */
export function percentile(sorted: readonly number[], of100: number): number {
  return sorted[Math.min(sorted.length, Math.ceil((sorted.length * of100) / 100)) - 1] ?? Number.NaN;
}
