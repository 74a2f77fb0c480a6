import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Served, serve } from '../support.js';

const TOOLS = [
  { name: 'list-rules' },
  { name: 'delete-rule' },
  { name: 'move-rule' },
  { name: 'help' },
  { name: 'new' },
];
const listed = (id: unknown, tools: unknown = TOOLS) => ({ jsonrpc: '2.0', id, result: { tools, nextCursor: 'x' } });
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const call = (name: unknown, id = 2) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });

describe('permissions of tools', () => {
  let kit: TestGate;
  let key: TestKey;
  let served: Served;
  let handled: unknown[] = [];

  const faults: unknown[] = [];
  const noteFault = (event: unknown) => void faults.push(event);

  beforeAll(async () => {
    subscribe('flairgate:fault', noteFault);
    kit = await testGate({ failureLimit: { limit: 0 } });
    key = await kit.key({ name: 'caller', permissions: ['dr.list', 'dr.set'] });
    const { gate } = kit;
    const { challenge } = gate.protectedResource({
      resource: 'https://mcp.example/mcp',
      authorizationServers: ['https://auth.example'],
    });
    const tools = gate.requireToolPermissions({
      'list-rules': 'dr.list',
      'delete-rule': 'dr.del',
      'move-rule': ['dr.set', 'dr.del', 'fp.ctrl'],
      help: [],
    });
    const app = express();
    app.use(challenge, gate.authenticate());
    app.post('/unparsed', tools, (_req, res) => void res.json({}));
    app.use(express.json(), express.text());
    app.use(tools);
    app.post('/mcp', (req, res) => {
      handled.push(req.body);
      const many = Array.isArray(req.body) ? req.body : [req.body];
      const answers = many.map(({ id, method }) =>
        method === 'tools/list' ? listed(id) : { jsonrpc: '2.0', id, result: {} },
      );
      res.json(Array.isArray(req.body) ? answers : answers[0]);
    });
    app.post('/raw', (_req, res) => {
      const text = JSON.stringify(listed(1));
      res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      res.flushHeaders();
      res.write(text.slice(0, 20));
      res.end(Buffer.from(text.slice(20)));
    });
    const stream: express.RequestHandler = (_req, res) => {
      res.writeHead(200, [['Content-Type', 'text/event-stream; charset=utf-8']]);
      const text = `: hello é\n\nid: 1\nretry: 5\ndata: \n\nevent: message\r\nid: 2\r\ndata: ${JSON.stringify(listed(1))}\r\n\r\ndata: not json\n\ndata: {"a":1}\n\n`;
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 7) res.write(bytes.subarray(at, at + 7));
      res.end();
    };
    app.post('/stream', stream);
    app.get('/stream', stream);
    app.post('/encoded', (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'br' });
      res.write('secret-tool');
      res.end('secret-tool');
    });
    app.post('/other', (_req, res) => void res.type('text').send(JSON.stringify(listed(1))));
    app.post('/broken', (_req, res) => {
      res.type('json').send('{"result":{"tools":[{"name":"secret-tool"}');
    });
    app.all('/page', (_req, res) => void res.type('text').send('a page'));
    app.post('/failed', (_req, res) => void res.status(500).json({ error: 'down' }));
    app.use(gate.errorHandler({ onFault: () => undefined }));
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
    unsubscribe('flairgate:fault', noteFault);
  });

  const post = (path: string, body: object | string, text = key.text) => {
    handled = [];
    const asked = request(served.url).post(path).set('x-api-key', text);
    return typeof body === 'string' ? asked.type('text').send(body) : asked.send(body);
  };

  it('the middleware for permissions of tools lets a tool be called by a caller that has its permission, or that requires none', async () => {
    for (const name of ['list-rules', 'help']) await post('/mcp', call(name)).expect(200);
  });

  it('the middleware for permissions of tools refuses a tool without its permission as 403 insufficient_scope, and does not run it', async () => {
    const answer = await post('/mcp', call('delete-rule'));
    expectRefusal(answer, { status: 403, code: 'ERR_PERMISSION_MISSING', challenge: 'insufficient_scope' });
    expect(answer.body.missing).toEqual(['dr.del']);
    expect(answer.headers['www-authenticate']).toContain('scope="dr.del"');
    expect(answer.headers['www-authenticate']).toContain('resource_metadata="https://mcp.example/');
    expect(handled).toEqual([]);
  });

  it('the middleware for permissions of tools names all that a tool lacks, and asks for all that it requires', async () => {
    const answer = await post('/mcp', call('move-rule'));
    expect(answer.body).toMatchObject({
      missing: ['dr.del', 'fp.ctrl'],
      detail: 'missing permission: dr.del, fp.ctrl',
    });
    expect(answer.headers['www-authenticate']).toContain('scope="dr.set dr.del fp.ctrl"');
  });

  it('the middleware for permissions of tools refuses a tool that is not declared, and one that does not exist, with the same bytes', async () => {
    const [undeclared, missing] = [await post('/mcp', call('new')), await post('/mcp', call('constructor'))];
    expectRefusal(undeclared, { status: 403, code: 'ERR_PERMISSION_MISSING', challenge: 'insufficient_scope' });
    expect(missing.text).toBe(undeclared.text);
    expect(handled).toEqual([]);
  });

  it('the middleware for permissions of tools refuses a whole batch for one of its calls', async () => {
    const answer = await post('/mcp', [LIST, call('list-rules'), call('delete-rule', 3), call('move-rule', 4)]);
    expect(answer.status).toBe(403);
    expect(answer.body.missing).toEqual(['dr.del', 'fp.ctrl']);
    expect(handled).toEqual([]);
    await post('/mcp', [call('list-rules'), call('new', 3)]).expect(403);
    await post('/mcp', [call('list-rules'), call('help', 3)]).expect(200);
  });

  it('the middleware for permissions of tools lists only the tools that the caller can call, alone and in a batch', async () => {
    const one = await post('/mcp', LIST).expect(200);
    expect(one.body).toEqual(listed(1, [{ name: 'list-rules' }, { name: 'help' }]));
    const batch = await post('/mcp', [LIST, call('help')]).expect(200);
    expect(batch.body[0]).toEqual(listed(1, [{ name: 'list-rules' }, { name: 'help' }]));
    const owner = await kit.key({ name: 'all', permissions: ['dr.list', 'dr.set', 'dr.del', 'fp.ctrl'] });
    const all = await post('/mcp', LIST, owner.text).expect(200);
    expect(all.body.result.tools.map(({ name }: { name: string }) => name)).not.toContain('new');
    expect(all.body.result.tools).toHaveLength(4);
  });

  it('the middleware for permissions of tools lists the tools of an answer that is written in parts, with headers of its own', async () => {
    const answer = await post('/raw', LIST).expect(200);
    expect(answer.body).toEqual(listed(1, [{ name: 'list-rules' }, { name: 'help' }]));
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
  });

  it('the middleware for permissions of tools lists the tools in a stream of events, and leaves all other events as they are', async () => {
    for (const asked of [post('/stream', LIST), request(served.url).get('/stream').set('x-api-key', key.text)]) {
      const answer = await asked.expect(200);
      const text = answer.text ?? answer.body.toString();
      expect(text).not.toContain('delete-rule');
      expect(text).toContain(JSON.stringify(listed(1, [{ name: 'list-rules' }, { name: 'help' }])));
      expect(text.startsWith(': hello é\n\nid: 1\nretry: 5\ndata: \n\nevent: message\n')).toBe(true);
      expect(text.endsWith('data: not json\n\ndata: {"a":1}\n\n')).toBe(true);
    }
  });

  it.each(['/encoded', '/other', '/broken'])('an unreadable list of tools is not sent: %s', async (path) => {
    const before = faults.length;
    const answer = await post(path, LIST);
    expect(faults).toHaveLength(before + 1);
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe('ERR_INTERNAL');
    expect(answer.text).not.toContain('secret-tool');
  });

  it('the middleware for permissions of tools passes a failure of the server on as it is', async () => {
    await post('/failed', LIST).expect(500, { error: 'down' });
  });

  it.each([
    ['a call without a name', { method: 'tools/call', params: {} }],
    ['a call without params', { method: 'tools/call' }],
    ['a name that is no text', { method: 'tools/call', params: { name: ['list-rules'] } }],
    ['an empty batch', []],
    ['a batch of something else', [1]],
    ['a batch in a batch', [[call('delete-rule')]]],
    ['more messages than a batch can have', Array.from({ length: 1001 }, () => LIST)],
    ['text', JSON.stringify(call('delete-rule'))],
  ])('the middleware for permissions of tools refuses %s as malformed', async (_, body) => {
    const answer = await post('/mcp', body);
    expect(answer.body).toMatchObject({ status: 400, code: 'ERR_VALIDATION' });
    expect(handled).toEqual([]);
  });

  it('the middleware for permissions of tools lets no call pass that no body parser has read', async () => {
    const answer = await request(served.url).post('/unparsed').set('x-api-key', key.text).send(call('help'));
    expect(answer.status).toBe(500);
  });

  it('the middleware for permissions of tools leaves other requests and messages alone', async () => {
    const headers = { 'x-api-key': key.text };
    await request(served.url).get('/page').set(headers).expect(200, 'a page');
    await request(served.url).head('/page').set(headers).expect(200);
    await request(served.url).delete('/page').set(headers).expect(200);
    await post('/mcp', { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }).expect(200);
    await post('/mcp', { jsonrpc: '2.0', id: 1, result: {} }).expect(200);
  });

  it('the middleware for permissions of tools puts the permissions of the called tool into the challenge where the body was read before the caller', async () => {
    const { gate } = kit;
    const { challenge } = gate.protectedResource({
      resource: 'https://other.example/mcp',
      authorizationServers: ['https://auth.example'],
    });
    const app = express();
    app.use(express.json());
    app.post('/', challenge, gate.authenticate(), gate.requireToolPermissions({ 'delete-rule': 'dr.del' }));
    const { url, close } = await serve(app);
    const answer = await request(url).post('/').send(call('delete-rule')).expect(401);
    expect(answer.headers['www-authenticate']).toContain('scope="dr.del"');
    await close();
  });

  it.each([
    ['no object', undefined, /must be an object/],
    ['no tools', {}, /must be an object/],
    ['an unknown permission', { a: 'dr.lst' }, /unknown permission 'dr.lst'; the nearest known one is 'dr.list'/],
    ['something else for a tool', { a: 1 }, /a must have a permission/],
  ])('the middleware for permissions of tools throws for %s', (_, tools, message) => {
    expect(() => kit.gate.requireToolPermissions(tools as Record<string, string>)).toThrow(message);
  });

  it('the middleware for permissions of tools lets no request pass that was not authenticated', async () => {
    const app = express();
    app.use(express.json(), kit.gate.requireToolPermissions({ help: [] }), (_req, res) => void res.json({}));
    app.use(kit.gate.errorHandler({ onFault: () => undefined }));
    const { url, close } = await serve(app);
    await request(url).get('/').expect(500);
    await request(url).post('/').send(call('help')).expect(500);
    await close();
  });

  it('the middleware for permissions of tools is known to assertGuarded', () => {
    const app = express();
    app.use(kit.gate.authenticate(), express.json());
    app.post('/mcp', kit.gate.requireToolPermissions({ help: [] }), (_req, res) => void res.end());
    expect(() => kit.gate.assertGuarded(app)).not.toThrow();
  });
});
