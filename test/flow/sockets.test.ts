import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeniedError, type Principal } from '@flairgate/core';
import { type TestGate, testGate } from '@flairgate/express/testing';
import { Server as SocketServer } from 'socket.io';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

let kit: TestGate;
let server: Server;
let sockets: SocketServer;
let key: string;
let url: string;

/** The caller of a handshake, by its own address. */
const callerOf = (req: IncomingMessage): Promise<Principal> =>
  kit.gate.identify(req, { address: req.socket.remoteAddress });

beforeAll(async () => {
  kit = await testGate();
  key = (await kit.key({ name: 'feed', permissions: ['dr.list'], ranges: ['127.0.0.0/8'] })).text;
  server = createServer();
  const plain = new WebSocketServer({ noServer: true });
  server.on('upgrade', async (req, socket, head) => {
    if (req.url !== '/feed') return;
    try {
      const { ident } = await callerOf(req);
      plain.handleUpgrade(req, socket, head, (accepted) => accepted.send(ident));
    } catch (error) {
      const status = error instanceof DeniedError ? error.status : 503;
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\n\r\n`);
    }
  });
  sockets = new SocketServer(server);
  sockets.engine.use(async (req: IncomingMessage, _res: unknown, next: (error?: unknown) => void) => {
    try {
      await callerOf(req);
      next();
    } catch (error) {
      next(error);
    }
  });
  sockets.on('connection', (socket) => {
    const caller = kit.gate.authOf(socket.request);
    socket.emit('caller', caller.ident);
    caller.signal.addEventListener('abort', () => socket.disconnect(true));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await sockets.close();
  server.close();
  await kit.close();
});

describe('an upgrade to a WebSocket', () => {
  it('an upgrade to a WebSocket opens for a key from its address, and tells who calls', async () => {
    const socket = new WebSocket(`ws://${url}/feed`, { headers: { 'x-api-key': key } });
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('feed');
    socket.close();
  });

  it.each([
    ['without a credential', {}],
    ['with a wrong key', { 'x-api-key': 'wrong-wrong-wrong' }],
  ])('an upgrade to a WebSocket is 401 %s', async (_, headers) => {
    const socket = new WebSocket(`ws://${url}/feed`, { headers });
    const [error] = await once(socket, 'error').catch((thrown) => [thrown]);
    expect(String(error)).toContain('401');
  });
});

describe('a handshake of Socket.IO', () => {
  it.each(['polling', 'websocket'])('Socket.IO opens by %s for a key until the key is revoked', async (transport) => {
    const held = await kit.key({ name: `one-${transport}`, permissions: ['dr.list'] });
    const socket = io(`http://${url}`, {
      transports: [transport],
      extraHeaders: { 'x-api-key': held.text },
      forceNew: true,
    });
    const ident = await new Promise((resolve, reject) => {
      socket.once('caller', resolve);
      socket.once('connect_error', reject);
    });
    expect(ident).toBe(`one-${transport}`);
    const ended = new Promise((resolve) => socket.once('disconnect', resolve));
    await kit.revoke(held);
    expect(await ended).toBeTruthy();
    socket.close();
  });

  it('a handshake of Socket.IO is refused with a wrong key', async () => {
    const socket = io(`http://${url}`, {
      extraHeaders: { 'x-api-key': 'wrong-wrong-wrong' },
      reconnection: false,
      forceNew: true,
    });
    const error = await new Promise<Error>((resolve) => socket.once('connect_error', resolve));
    expect(error.message).not.toContain('wrong-wrong');
    socket.close();
  });
});
