import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { type BareItem, type Item, isInnerList, parseList } from 'structured-headers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Calls one server over a few connections that are kept. */
export interface Caller {
  get(headers?: Readonly<Record<string, string>>, path?: string): Promise<Answer>;
  post(path: string, form: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends `count` calls, sixteen at a time. */
  load(count: number, headers: Readonly<Record<string, string>>): Promise<Answer[]>;
  close(): void;
}

const AT_ONCE = 16;

export function createCaller(port: number): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const send = async (method: string, path: string, headers: Readonly<Record<string, string>>, body = '') => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent });
    outgoing.end(body);
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    if (incoming === undefined) throw new Error('no answer');
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
    };
  };
  const get: Caller['get'] = (headers = {}, path = '/') => send('GET', path, headers);
  return {
    get,
    post(path, form) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return send('POST', path, headers, new URLSearchParams(form).toString());
    },
    async load(count, headers) {
      const answers: Answer[] = [];
      let begun = 0;
      const one = async () => {
        while (begun < count) {
          begun += 1;
          answers.push(await get(headers));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));
      return answers;
    },
    close: () => agent.destroy(),
  };
}

/** Sends many requests in one piece, so that the server reads them in one turn; gives the statuses in order. */
export async function pipelined(port: number, count: number, key: string): Promise<number[]> {
  const one = `GET / HTTP/1.1\r\nHost: test\r\nx-api-key: ${key}\r\n`;
  const requests = [...Array.from({ length: count - 1 }, () => one), `${one}Connection: close\r\n`];
  const socket = connect(port, '127.0.0.1', () => socket.write(requests.map((each) => `${each}\r\n`).join('')));
  let read = '';
  for await (const chunk of socket.setEncoding('latin1')) read += chunk;
  return [...read.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}

export const countOf = (answers: readonly { readonly status: number }[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

/** Fields of one limit in an answer, parsed by RFC 9651. */
export interface ShownLimit {
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly seconds: number;
  readonly quota: number;
  readonly windowSeconds: number;
  /** Bytes that name whose count it is. */
  readonly partition: ArrayBuffer | undefined;
}

/** The limits of an answer by name. Throws where a field is not what the IETF's draft has. */
export function limitsOf({ headers }: Pick<Answer, 'headers'>): Readonly<Record<string, ShownLimit>> {
  const states = itemsOf(headers.ratelimit);
  const policies = itemsOf(headers['ratelimit-policy']);
  if (states.map(([name]) => name).join() !== policies.map(([name]) => name).join()) throw new Error('names differ');
  return Object.fromEntries(
    states.map(([name, state], at) => {
      const policy = policies[at]?.[1] ?? new Map<string, BareItem>();
      return [
        text(name),
        {
          remaining: whole(state.get('r')),
          seconds: whole(state.get('t')),
          quota: whole(policy.get('q')),
          windowSeconds: whole(policy.get('w')),
          partition: bytes(policy.get('pk')),
        },
      ];
    }),
  );
}

function itemsOf(field: string | string[] | undefined): readonly Item[] {
  if (field === undefined) throw new Error('the field is missing');
  return parseList([field].flat().join(', ')).map((item) => {
    if (isInnerList(item)) throw new Error('an item is a list');
    return item;
  });
}

function text(item: BareItem): string {
  if (typeof item === 'string') return item;
  throw new Error('a name is no string');
}

function whole(item: BareItem | undefined): number {
  if (typeof item === 'number' && Number.isInteger(item) && item >= 0) return item;
  throw new Error('a parameter is no whole number');
}

function bytes(item: BareItem | undefined): ArrayBuffer | undefined {
  if (item === undefined || item instanceof ArrayBuffer) return item;
  throw new Error('a partition is no byte sequence');
}
