import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runHere } from './run-here.js';

const timeout = 60_000;
const key = 'fg_2hsmL6ljcfmuUXGnxi6CTXMR5r750ZQvrCVFU0rlWZT';
const oid = 'df45a6c0-e7b7-4f30-9517-260e3135bb15';
const commands: readonly (readonly string[])[] = [
  ['org', 'list'],
  ['key', 'create', '--org', oid, '--name', 'ci', '--permission', 'dr.list'],
  ['key', 'list', '--org', 'Acme'],
];

let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function at(place: string, args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--url', place], { FLAIRGATE_KEY: key });
}

describe('a service that is broken', { timeout }, () => {
  const sent =
    (status: number, type: string, body: string, headers = {}) =>
    (response: ServerResponse) =>
      response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  const fault = JSON.stringify({ status: 503, code: 'ERR_STORE_UNAVAILABLE', detail: 'the store is unavailable' });
  const other = '--url: the answer is not that of a Flairgate service; check the address';

  it.each<readonly [string, (response: ServerResponse) => void, string]>([
    ['503', sent(503, 'application/problem+json', fault, { 'retry-after': '0' }), 'the store is unavailable'],
    ['502 of a proxy', sent(502, 'text/html', `<h1>${key}</h1>`), 'the service answered 502'],
    ['404 of another program', sent(404, 'text/html', '<h1>no</h1>'), '--url: the service has no route for this'],
    ['a page', sent(200, 'text/html', '<h1>hello</h1>'), other],
    ['an empty object', sent(200, 'application/json', '{}'), other],
    ['null', sent(200, 'application/json', 'null'), other],
    ['a list', sent(200, 'application/json', '[]'), other],
    ['a redirect', sent(302, 'text/html', '', { location: '/' }), 'the service could not be reached (it redirects)'],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
      },
      'the service could not be reached (UND_ERR_SOCKET)',
    ],
  ])('a service that answers with %s is one line and exit 1, and no result is printed', async (_, broken, line) => {
    answer = broken;
    for (const args of commands) {
      const ended = await at(url, args);
      expect({ args, ...ended }).toEqual({ args, exit: 1, stdout: '', stderr: line });
      const { exit, stdout } = await at(url, [...args, '--json']);
      expect([exit, JSON.parse(stdout)]).toEqual([1, { error: line, code: expect.stringMatching(/^ERR_/) }]);
    }
  });

  it('a service that is not there is one line with the code of the system, and exit 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => taken.close(resolve));
    for (const args of commands) {
      const { exit, stdout, stderr } = await at(`http://127.0.0.1:${port}`, args);
      expect([exit, stdout, stderr]).toEqual([1, '', 'the service could not be reached (ECONNREFUSED)']);
    }
  });
});
