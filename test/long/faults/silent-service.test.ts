import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { runHere } from '../../../packages/cli/test/run-here.ts';

it.each(['nothing', 'half a body'])('a command ends by itself at a service that sends %s', async (sent) => {
  const server = createServer((_, response) => {
    if (sent !== 'nothing') response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const env = { FLAIRGATE_KEY: 'fg_2hsmL6ljcfmuUXGnxi6CTXMR5r750ZQvrCVFU0rlWZT' };
  const ended = await runHere(['org', 'list', '--url', url], env);
  expect(ended).toEqual({ exit: 1, stdout: '', stderr: 'the service did not answer in time' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
