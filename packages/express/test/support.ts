import '@flairgate/express/req-auth';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { Express, Request, RequestHandler } from 'express';
import { expect } from 'vitest';

/** A listening app. */
export interface Served {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function serve(app: Express, host = '127.0.0.1'): Promise<Served> {
  const server = app.listen(0, host);
  // No idle connection is closed: on a busy machine `fetch` can send on it in the same moment, and gets ECONNRESET.
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** An answer byte by byte. */
export interface RawAnswer {
  readonly status: number;
  /** Header lines but `Date`, sorted. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Sends header lines exactly as they are; clients fold, trim and refuse what has to be sent. */
export function raw(
  port: number,
  lines: readonly string[],
  { method = 'GET', path = '/', body = '' } = {},
): Promise<RawAnswer> {
  const request = [`${method} ${path} HTTP/1.1`, 'Host: test', 'Connection: close', ...lines, '', body].join('\r\n');
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(request, 'latin1')));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString('utf8'))));
  });
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.filter((line) => !/^date:/i.test(line)).toSorted();
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) };
}

/** Expected status, code and challenge of a refusal. All other parts are the same for every refusal. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** The `error` of the challenge; null = a bare one; absent = none. */
  readonly challenge?: string | null;
  readonly detail?: string | RegExp;
}

/** The common part of the answers of fetch and supertest. */
interface Answered {
  readonly status: number;
  readonly headers: Headers | Record<string, string | undefined>;
  readonly body: unknown;
}

export function expectRefusal(answer: Answered, refusal: Refusal): void {
  const header = (name: string) =>
    answer.headers instanceof Headers ? answer.headers.get(name) : answer.headers[name];
  const body = answer.body as Record<string, unknown>;
  expect(body.code).toBe(refusal.code);
  expect(answer.status).toBe(refusal.status);
  expect(header('content-type')).toMatch(/^application\/problem\+json/);
  expect(header('cache-control')).toContain('no-store');
  expect(header('vary')).toMatch(/x-api-key/i);
  expect(header('vary')).toMatch(/authorization/i);
  expect(body).toMatchObject({
    status: refusal.status,
    error: body.detail,
    type: `https://flairgate.github.io/flairgate/errors/${refusal.code}`,
  });
  if (refusal.detail !== undefined) expect(body.detail).toMatch(refusal.detail);
  const challenge = header('www-authenticate') ?? undefined;
  if (refusal.challenge === undefined) expect(challenge).toBeUndefined();
  else if (refusal.challenge === null) expect(challenge).toBe('Bearer realm="flairgate"');
  else expect(challenge).toMatch(`error="${refusal.challenge}"`);
}

/** Answers with who is calling. */
export const whoami: RequestHandler = (req: Request, res) => {
  res.json({ identity: req.auth.identity, kind: req.auth.kind, via: req.auth.via });
};
