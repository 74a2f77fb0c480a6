// The load generator, in a process of its own so that it can have a core of its own. Sends to the loopback address only.

// @ts-check
import autocannon from 'autocannon';

/**
 * @typedef {object} Order
 * @property {number} port
 * @property {string} path
 * @property {readonly Record<string, string>[]} send Headers of the requests, sent in turn.
 * @property {number} connections
 * @property {number} seconds
 * @property {number} [amount] Requests to send in all, however long it takes. Default: as many as fit into `seconds`.
 * @property {boolean} [awake] True to never sleep while requests run. A server that answers a sleeping process also pays
 * for waking it, up to 10 µs a request, and the slower the server, the more often.
 * @property {number} [perSecond] Requests a second, all connections together. Default: as many as are answered.
 */

/** Keeps this process awake. Returns the function that lets it sleep again. */
function stayAwake() {
  let isWanted = true;
  const turn = () => {
    if (isWanted) setImmediate(turn);
  };
  turn();
  return () => {
    isWanted = false;
  };
}

/** @param {Order} order */
async function run({ port, path, send, connections, seconds, amount, perSecond, awake }) {
  /** @type {number[]} */
  const times = [];
  /** @type {Record<number, number>} */
  const statuses = {};
  let started = 0;
  const instance = autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections,
    // It looks at the end of an interval whether all answers have come.
    ...(amount === undefined ? { duration: seconds } : { amount, sampleInt: 20 }),
    ...(perSecond === undefined ? {} : { overallRate: perSecond, ignoreCoordinatedOmission: true }),
    requests: send.map((headers) => ({ method: 'GET', path, headers })),
    // Each connection starts elsewhere in the list: two that ask for the same at once would share the work.
    setupClient(client) {
      if (send.length === 1) return;
      const offset = Math.floor((started * send.length) / connections);
      started += 1;
      client.setRequests(
        [...send.slice(offset), ...send.slice(0, offset)].map((headers) => ({ method: 'GET', path, headers })),
      );
    },
  });
  instance.on('response', (_client, statusCode, _bytes, milliseconds) => {
    times.push(milliseconds);
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
  });
  const letSleep = awake === true ? stayAwake() : undefined;
  const { errors, duration } = await instance;
  letSleep?.();
  times.sort((a, b) => a - b);
  const at = (/** @type {number} */ part) =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
  return { count: times.length, perSecond: times.length / duration, p50: at(0.5), p99: at(0.99), statuses, errors };
}

process.on('message', async (/** @type {Order} */ order) => process.send?.(await run(order)));
process.on('disconnect', () => process.exit(0));
