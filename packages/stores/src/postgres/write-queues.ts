import { createFairQueue, deadlines, type FairQueue } from '@flairgate/core/internal';
import type { WriteOrder } from '@flairgate/core/store';

/**
 * Maximum number of security writes at the same time: one holds the lock of all security writes, and one waits for it.
 */
const SECURITY_WRITERS = 2;
const URGENT_WRITERS = 1;

/**
 * Creates three queues of writes: urgent writes (which only revoke), security writes, and other writes. Each queue has
 * its own number of connections. In each queue, callers take turns.
 *
 * An urgent write therefore waits for at most one security write. If the pool is too small for three queues, all writes
 * use a single queue.
 */
export function writeQueues(maxWriters: number): (order: WriteOrder) => FairQueue {
  const queue = (maxRunning: number) => createFairQueue({ maxRunning, waitMs: deadlines.writeTurnMs });
  const others = maxWriters - SECURITY_WRITERS - URGENT_WRITERS;
  if (others < 1) {
    const only = queue(maxWriters);
    return () => only;
  }
  const queues = { urgent: queue(URGENT_WRITERS), security: queue(SECURITY_WRITERS), others: queue(others) };
  return ({ isUrgent, locksRevision }) => {
    if (isUrgent === true) return queues.urgent;
    return locksRevision === true ? queues.security : queues.others;
  };
}
