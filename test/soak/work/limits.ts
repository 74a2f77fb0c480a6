import { anyOrganization, ask, type Scene } from './scene.js';

/** Calls that one caller may make in a window, and the length of the window. */
export const LIMIT = { calls: 200, seconds: 10 } as const;

const CALLS_AT_ONCE = 6;
/** A burst that is shorter than a window touches at most two of them. */
const MOST = 2 * LIMIT.calls;
const BURST = MOST + 60;

const burstsNow = new Set<string>();

/** Calls more often than a caller may. All gateways together let it through as often as the limit says. */
export async function exceedLimit(scene: Scene): Promise<void> {
  const { ledger, gateways, random, stalls } = scene;
  const { oid, flaired } = anyOrganization(scene);
  if (burstsNow.has(oid)) return;
  burstsNow.add(oid);
  try {
    const from = performance.now();
    let passed = 0;
    for (let sent = 0; sent < BURST; sent += CALLS_AT_ONCE) {
      const calls = Array.from({ length: CALLS_AT_ONCE }, () => {
        const request = { method: 'GET', path: '/v1/who', headers: flaired.noisy };
        return ask(scene, random.pick(gateways), 'noisy key', request, [200, 429]);
      });
      for (const { status } of await Promise.all(calls)) passed += status === 200 ? 1 : 0;
    }
    const now = performance.now();
    const isShort = now - from < LIMIT.seconds * 1000 && !stalls.overlaps(from, now);
    if (isShort && passed > MOST) ledger.breach(`limit: ${passed} calls passed in a burst, ${MOST} may`);
  } finally {
    burstsNow.delete(oid);
  }
}
