import { type Kind, makeDatabase } from '../../../packages/stores/test/databases.js';
import { countingStore } from '../../contract/counting-store.ts';
import { type Operation, operationsOf, readDescription } from '../every-route/operations.ts';
import { runService } from '../running-service.ts';
import { type Grows, requests } from './requests.ts';
import { fillWorstCase, type Sizes, sizesOf, type WorstCase } from './worst-case.ts';

/** The work of one request. */
export interface Cost {
  readonly id: string;
  readonly grows: Grows;
  readonly status: number;
  readonly read: number;
  readonly locked: number;
  /** Rows of the transaction that read and wrote most under the lock. */
  readonly mostLocked: number;
  readonly written: number;
  /** Bytes of the answer, which is held whole before it is sent. */
  readonly bytes: number;
}

/** Sends one request to every operation, by a caller that owns as much as it can. */
export async function measureRoutes(n: number, kind: Kind = 'memory'): Promise<readonly Cost[]> {
  const database = await makeDatabase(kind);
  const counting = countingStore(await database.open());
  const running = await runService(counting.store, {
    keyHash: { scheme: 'sha256', rounds: 1 },
    compactAboveBytes: 0,
    maxTokenBytes: 65_536,
    gate: { failureLimit: { limit: 0 } },
  });
  try {
    const filled = await fillWorstCase(running, sizesOf(n));
    const operations = new Map(operationsOf(await readDescription(running)).map((each) => [each.id, each]));
    const missing = [...operations.keys()].filter((id) => !Object.hasOwn(requests, id));
    if (missing.length > 0) throw new Error(`no request for ${missing.join(', ')}`);
    const costs: Cost[] = [];
    for (const [id, { grows, json, query = '', headers = {} }] of Object.entries(requests)) {
      const operation = operations.get(id);
      if (operation === undefined) throw new Error(`no operation ${id}`);
      const body = json === undefined ? {} : { body: JSON.stringify(json(filled)) };
      const type: Readonly<Record<string, string>> = json === undefined ? {} : { 'Content-Type': 'application/json' };
      counting.take();
      const { status, text } = await running.send({
        method: operation.method,
        path: pathOf(operation, filled) + query,
        headers: { 'x-api-key': filled.text, ...type, ...headers },
        ...body,
      });
      const { read, readUnderLock, written, mostLocked } = counting.take();
      const locked = readUnderLock + written;
      costs.push({ id, grows, status, read, locked, mostLocked, written, bytes: text.length });
    }
    return costs;
  } finally {
    await running.close();
    await database.remove();
  }
}

function pathOf({ path }: Operation, filled: WorstCase): string {
  const { oid, offering, gid, child, keyId, otherKeyId, apiUid } = filled;
  const isInvitation = path.startsWith('/v1/user/invitations/');
  const ids: Readonly<Record<string, string>> = {
    oid: isInvitation ? offering : oid,
    gid,
    child,
    key_hash: path.endsWith('/rotate') ? otherKeyId : keyId,
    uid: apiUid,
    name: 'p0',
    digest: 'x',
  };
  return path.replace(/\{([a-z_]+)\}/g, (_all, name: string) => ids[name] ?? name);
}

/** Rows that the caller's own rights consist of: read to authenticate it, and again under the lock. */
const ownRows = ({ n, groups }: Sizes): number => 3 * n + 3 * groups;

/**
 * Returns the most rows that one transaction of a deletion reads and writes under the lock: what the caller's rights
 * consist of, and a slice of 500 rows with what hangs on each.
 */
export const deletionBoundOf = (sizes: Sizes): number => 60 + 2 * ownRows(sizes) + 10 * 500;

/** Returns the most rows that a request may read and write, and the most bytes of its answer. */
export function boundOf(grows: Grows, sizes: Sizes): { readonly rows: number; readonly bytes: number } {
  const { n, many } = sizes;
  const page = Math.min(1000, many);
  const base = 60;
  // Read to authenticate it, for the command, and to check its effect.
  const own = 4 * ownRows(sizes);
  switch (grows) {
    case 'nothing':
      return { rows: base, bytes: 500_000 };
    case 'caller':
      return { rows: base + own, bytes: 4000 + 500 * n };
    case 'page':
      return { rows: base + own + 4 * page, bytes: 4000 + 2000 * page };
    case 'group':
      return { rows: base + own + 20 * n, bytes: 6000 + 1000 * n };
    case 'organization':
      return { rows: base + own + 30 * n + 16 * (many + 99), bytes: 4000 + 200 * many };
  }
}

export function costTable(n: number, costs: readonly Cost[]): string {
  const sizes = sizesOf(n);
  const lines = costs.map(({ id, grows, status, read, locked, mostLocked, written, bytes }) =>
    [
      id.padEnd(38),
      String(status),
      grows.padEnd(12),
      ...[read, boundOf(grows, sizes).rows, locked, mostLocked, written, bytes].map((each) => String(each).padStart(8)),
    ].join(' '),
  );
  const head = `n=${n} ${JSON.stringify(sizes)}\noperation, status, grows with, rows read, bound, under lock, at once, written, bytes`;
  return [head, ...lines].join('\n');
}
