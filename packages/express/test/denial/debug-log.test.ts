import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const home = fileURLToPath(new URL('../..', import.meta.url));

/** A program whose requests are refused for several reasons, and a handler that throws an error with a password. */
const program = `
import { testGate } from '@flairgate/express/testing';
import express from 'express';

const kit = await testGate();
const key = await kit.key({ permissions: [] });
const app = express();
app.use('/records/:name', kit.gate.authenticate(), kit.gate.requirePermissions('dr.list'));
app.get('/fault', () => { throw new Error('password hunter2'); });
app.use(kit.gate.errorHandler());
const server = app.listen(0, '127.0.0.1', async () => {
  const at = 'http://127.0.0.1:' + server.address().port;
  const ask = (path, headers) => fetch(at + path, { headers }).then((answer) => answer.text());
  await ask('/records/in-the-path?token=in-the-query', { 'x-api-key': key.text });
  await ask('/records/a', { 'x-api-key': 'fg_' + 'wrong-key-of-a-guesser'.padEnd(43, '0') });
  await ask('/records/a', { authorization: 'Bearer aaa.bbb.ccc' });
  await ask('/fault', {});
  console.log(key.text);
  server.close();
  await kit.close();
});
`;

function run(debug: string) {
  const env = { ...process.env, NODE_DEBUG: debug, NODE_NO_WARNINGS: '1' };
  const options = { cwd: home, env, encoding: 'utf8', timeout: 30_000 } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], options);
  expect(status, stderr).toBe(0);
  return { key: stdout.trim(), lines: stderr.split('\n').filter((line) => line.startsWith('FLAIRGATE ')), stderr };
}

describe('NODE_DEBUG=flairgate', () => {
  it('NODE_DEBUG=flairgate prints the exact reason of each refusal, and no key, token, path value or message', () => {
    const { key, lines, stderr } = run('flairgate');
    expect(key).toMatch(/^fg_/);
    expect(lines).toEqual([
      expect.stringMatching(/GET \/records\/:name: 401 ERR_PERMISSION_MISSING at permission: .*dr\.list/),
      expect.stringMatching(
        /GET \/records\/:name: 401 ERR_KEY_INVALID at principal: .* \(anonymous from 127\.0\.0\.1\)/,
      ),
      expect.stringMatching(/GET \/records\/:name: 401 ERR_TOKEN_INVALID at principal: /),
      expect.stringMatching(/fault: Error$/),
      expect.stringMatching(/GET \/fault: 500 ERR_INTERNAL at fault: something went wrong/),
    ]);
    for (const secret of [key, key.slice(13), 'wrong-key', 'aaa.bbb', 'in-the-path', 'in-the-query', 'hunter2']) {
      expect(stderr).not.toContain(secret);
    }
  });

  it('NODE_DEBUG=flairgate prints nothing for another value', () => {
    expect(run('http-outgoing-nothing').lines).toEqual([]);
  });
});
