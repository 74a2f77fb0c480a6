import { Agent, type IncomingMessage, request } from 'node:http';

/** Request to a gateway. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** Answer to a request. Times are those of `performance.now()`. */
export interface Answer {
  /** Status, or 0 if the connection failed. */
  readonly status: number;
  readonly text: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Idle connections end here before they end at the gateway, which keeps them for five seconds. */
const IDLE_MS = 3000;
const MAX_SOCKETS = 12;
const TIMEOUT_MS = 120_000;

/** Sends requests over connections that are kept open. */
export interface Client {
  send(url: string, sent: Sent): Promise<Answer>;
  close(): void;
}

export function createClient(): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS });
  return {
    async send(url, sent) {
      const sentAt = performance.now();
      const { status, text } = await sendOnce(agent, url, sent).catch(() => ({ status: 0, text: '' }));
      return { status, text, sentAt, answeredAt: performance.now() };
    },
    close: () => agent.destroy(),
  };
}

interface Received {
  readonly status: number;
  readonly text: string;
}

/** Sends a request, and once more if the gateway had closed an idle connection, so that it never read the request. */
function sendOnce(agent: Agent, url: string, sent: Sent, isRepeated = false): Promise<Received> {
  const { method, path, headers = {}, json } = sent;
  const body = json === undefined ? undefined : JSON.stringify(json);
  const length = { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body ?? '')}` };
  const type = body === undefined ? {} : length;
  return new Promise((resolve, reject) => {
    const asking = request(`${url}${path}`, { method, agent, headers: { ...type, ...headers } }, (response) => {
      readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    const late = setTimeout(() => asking.destroy(new Error('no answer in time')), TIMEOUT_MS);
    asking.on('close', () => clearTimeout(late));
    asking.on('error', (error: NodeJS.ErrnoException) => {
      const wasIdle = asking.reusedSocket && error.code === 'ECONNRESET';
      if (wasIdle && !isRepeated) resolve(sendOnce(agent, url, sent, true));
      else reject(error);
    });
    asking.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += part;
  return text;
}
