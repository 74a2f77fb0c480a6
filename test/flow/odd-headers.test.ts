import { connect } from 'node:net';
import { memoryStore } from '@flairgate/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningService, runService, seed } from './running-service.ts';

let running: RunningService;
let place: Awaited<ReturnType<typeof seed>>;

beforeAll(async () => {
  running = await runService(await memoryStore(), { keyHash: { scheme: 'sha256', rounds: 1 } });
  place = await seed(running);
});
afterAll(() => running.close());

/** Sends the text as it is, and resolves to the status of each answer. */
function statusesOf(text: string): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () =>
      resolve([...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))),
    );
  });
}

/** Header lines that a proxy in front may read otherwise than Node. KEY is a valid key. */
const keyLines: Readonly<Record<string, string>> = {
  'a value on the next line': 'x-api-key:\r\n KEY',
  'a value that goes on on the next line': 'x-api-key: fg_\r\n\tKEY',
  'a key on the next line of another header': 'X-Other: a\r\n x-api-key: KEY',
  'a space before the colon': 'x-api-key : KEY',
  'a line that ends with LF alone': 'X-Other: a\nx-api-key: KEY',
  'a line that ends with CR alone': 'X-Other: a\rx-api-key: KEY',
  'a NUL in the value': 'x-api-key: KEY\0',
};

it.each(Object.entries(keyLines))('a request with %s is refused', async (_what, lines) => {
  const head = 'GET /v1/who HTTP/1.1\r\nHost: test\r\nConnection: close\r\n';
  expect(await statusesOf(`${head}x-api-key: ${place.userKey.text}\r\n\r\n`)).toEqual([200]);
  expect(await statusesOf(`${head}${lines.replace('KEY', place.userKey.text)}\r\n\r\n`)).toEqual([400]);
});

const FORM = 'key_name=smuggled';
const NEXT = 'GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n';

/** Two readings of where a body ends would let one request hide another. */
const lengthLines: Readonly<Record<string, string>> = {
  'a length on the next line': `Content-Length:\r\n ${FORM.length}`,
  'an encoding on the next line': 'Transfer-Encoding:\r\n chunked',
  'a length and an encoding': `Content-Length: ${FORM.length}\r\nTransfer-Encoding: chunked`,
  'two lengths': `Content-Length: ${FORM.length}\r\nContent-Length: 0`,
  'two lengths in one line': `Content-Length: ${FORM.length}, ${FORM.length}`,
  'a length with a sign': `Content-Length: +${FORM.length}`,
  'an encoding before chunked': 'Transfer-Encoding: gzip, chunked',
  'an encoding that is none': `Transfer-Encoding: identity\r\nContent-Length: ${FORM.length}`,
};

it.each(Object.entries(lengthLines))('a request with %s is refused, and none follows it', async (_what, lines) => {
  const { store } = running.service.context.administration;
  const type = 'Content-Type: application/x-www-form-urlencoded';
  const head = `POST /v1/user/keys HTTP/1.1\r\nHost: test\r\nx-api-key: ${place.userKey.text}\r\n${type}\r\n`;
  expect(await statusesOf(`${head}${lines}\r\n\r\n${FORM}${NEXT}`)).toEqual([400]);
  expect(await store.read((tx) => tx.find('key', { name: 'smuggled' }))).toEqual([]);
});
