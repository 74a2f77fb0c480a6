import { allow, deny } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';

/** Maximum time to wait for the store's response, in milliseconds. */
const STORE_TIMEOUT_MS = 2000;

/**
 * Milliseconds for which the result of one probe of the store is reused. Reuse limits the load that callers without a
 * credential can cause.
 */
const PROBE_SHARED_MS = 250;

/** Creates the routes for liveness (`/healthz`) and readiness (`/readyz`). */
export function healthRoutes(context: ServiceContext): readonly Route[] {
  return [aliveRoute(), readyRoute(context)];
}

function aliveRoute(): Route {
  return defineRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'Check that the process is running',
    needs: { kind: 'nothing' },
    answer: z.object({ status: z.literal('ok') }),
    handle: async () => allow({ status: 'ok' as const }),
  });
}

/**
 * Creates the readiness route. The service is ready if the store responds, the last read of changes is recent enough,
 * and there is a signing key.
 */
function readyRoute({ administration, gate, signingKeys }: ServiceContext): Route {
  const { revision } = gate.authenticator;
  const probeStore = once(() => administration.store.read((tx) => tx.get('revision', { id: 1 })));
  return defineRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'Check that requests can be decided',
    needs: { kind: 'nothing' },
    answer: z.object({
      status: z.literal('ready'),
      revision: z.int(),
      age_seconds: z.int(),
      valid_for_seconds: z.int(),
      syncs: z.object({ current: z.int(), changed: z.int(), reset: z.int(), failed: z.int() }),
    }),
    async handle() {
      const failed = await probeStore();
      if (failed !== undefined) return deny('ERR_STORE_UNAVAILABLE', failed);
      if (!revision.current()) await revision.ensureCurrent();
      signingKeys.signer();
      return allow({
        status: 'ready' as const,
        revision: revision.applied,
        age_seconds: wholeSeconds(revision.ageMs),
        valid_for_seconds: wholeSeconds(revision.validForMs),
        syncs: { ...revision.counters },
      });
    },
  });
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(0, Math.floor(milliseconds / 1000));
}

interface Failed {
  readonly fault: unknown;
}

/**
 * Wraps a probe of the store so that concurrent callers share one probe, and later callers reuse its result for a short
 * time. A probe that takes longer than the timeout fails.
 */
function once(look: () => Promise<unknown>): () => Promise<Failed | undefined> {
  let shared: Promise<Failed | undefined> | undefined;
  return () => {
    shared ??= failureOf(look()).finally(() => {
      setTimeout(() => {
        shared = undefined;
      }, PROBE_SHARED_MS).unref();
    });
    return shared;
  };
}

async function failureOf(looked: Promise<unknown>): Promise<Failed | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failed>((resolve) => {
    timer = setTimeout(resolve, STORE_TIMEOUT_MS, { fault: new Error('the store took too long to answer') });
  });
  const missing = { fault: new Error('the store was never initialized') };
  try {
    return await Promise.race([looked.then((row) => (row === undefined ? missing : undefined)), late]);
  } catch (error) {
    return { fault: error };
  } finally {
    clearTimeout(timer);
  }
}
