import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { OptionError } from '@flairgate/core';

/** A server on a bound port. Requests that arrive before `answerWith` sets the app wait for the app. */
export interface HttpListener {
  /** URL of the server, such as `http://localhost:8787`. A browser on this machine can open this URL. */
  readonly url: string;
  readonly server: Server;
  answerWith(app: RequestListener): void;
  /**
   * Stops accepting requests. Resolves when all running requests are answered. Requests that are still running after
   * `graceMs` milliseconds are cut off.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Maximum size of a request's headers, in bytes. It is larger than the service's own limit for tokens, so that a token
 * that is too large gets the service's 413 response and not Node's 431 response.
 */
const MAX_HEADER_BYTES = 32 * 1024;

/** Binds a port. @throws OptionError if the port is in use or not permitted. */
export async function listen(host: string, port: number): Promise<HttpListener> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  const early: (() => void)[] = [];
  let listener: RequestListener = (req, res) => void early.push(() => listener(req, res));
  const answerWith = (app: RequestListener) => {
    listener = app;
    for (const answer of early.splice(0)) answer();
  };
  server.on('request', (req, res) => listener(req, res));
  const uses = watchUses(server);
  await bind(server, host, port);
  return { url: urlOf(server, host), server, answerWith, close: (graceMs) => drain(server, uses, graceMs) };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindError(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function bindError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  const options = { cause: error };
  if (code === 'EADDRINUSE') {
    return new OptionError(`PORT: ${port} on ${host} is in use; choose another with PORT or --port`, options);
  }
  if (code === 'EACCES') return new OptionError(`PORT: ${port} needs more rights; choose one above 1023`, options);
  return new OptionError(`HOST: must be an address of this machine; cannot listen on ${host} (${code})`, options);
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Milliseconds for which a stopping process still accepts connections. A stopping process also closes connections that
 * have been idle for at least this time.
 */
const LINGER_MS = 250;

/** State of one connection. */
interface Use {
  /** Responses that are not finished. */
  readonly answers: Set<ServerResponse>;
  /** Time, by `performance.now()`, at which the connection opened or its last response ended. */
  since: number;
  /**
   * Number of bytes that had been read from the connection at the time `since`. If more bytes have been read by now, a
   * new request has begun.
   */
  bytesRead: number;
  /**
   * True if the last check found the connection idle. If the next check finds it idle too, the connection is closed.
   */
  isLeaving: boolean;
}

type Uses = Map<Socket, Use>;

function watchUses(server: Server): Uses {
  const uses: Uses = new Map();
  server.on('connection', (socket) => {
    uses.set(socket, { answers: new Set(), since: performance.now(), bytesRead: 0, isLeaving: false });
    socket.once('close', () => uses.delete(socket));
  });
  server.prependListener('request', ({ socket }, res) => {
    const use = uses.get(socket);
    if (use === undefined) return;
    use.answers.add(res);
    res.once('close', () => {
      use.answers.delete(res);
      use.since = performance.now();
      use.bytesRead = socket.bytesRead;
    });
  });
  return uses;
}

/**
 * Stops the server without losing requests. Requests in socket buffers, and connections in the listener's queue, are
 * still answered. If the server were closed at once, these connections would be reset.
 */
function drain(server: Server, uses: Uses, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const endAfter = (res: ServerResponse) => {
      if (!res.headersSent) res.setHeader('Connection', 'close');
    };
    server.prependListener('request', (_req, res) => endAfter(res));
    for (const { answers } of uses.values()) for (const res of answers) endAfter(res);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // Closes idle keep-alive connections, which would otherwise delay the exit until they time out.
    const sweep = setInterval(() => setImmediate(() => closeIdle(uses)), 50);
    const stopListening = () => {
      // The HTTP server's own `close` would end connections whose request has not been read yet.
      NetServer.prototype.close.call(server, () => {
        clearTimeout(cut);
        clearInterval(sweep);
        resolve();
      });
    };
    setTimeout(() => afterQueue(server, graceMs, stopListening), Math.min(LINGER_MS, graceMs));
  });
}

/**
 * Calls `work` when no connection waits in the listener's queue, at the latest after `mostMs` milliseconds.
 *
 * Node accepts one connection in each turn of its event loop, so the queue is empty after a turn without a new
 * connection. To wait for a fixed time is not sufficient, because a process that gets no CPU time accepts no
 * connections.
 */
function afterQueue(server: Server, mostMs: number, work: () => void): void {
  const latest = performance.now() + mostMs;
  let accepted = true;
  const onConnection = () => {
    accepted = true;
  };
  server.on('connection', onConnection);
  const look = () => {
    if (accepted && performance.now() < latest) {
      accepted = false;
      setImmediate(look);
      return;
    }
    server.removeListener('connection', onConnection);
    work();
  };
  look();
}

/**
 * Closes each connection that was idle at the previous call and is still idle. Must be called by `setImmediate`, so
 * that Node reads each socket between two calls. A fixed time between two calls is not sufficient, because a process
 * that gets no CPU time reads nothing.
 */
function closeIdle(uses: Uses): void {
  const before = performance.now() - LINGER_MS;
  for (const [socket, use] of uses) {
    const isIdle = use.answers.size === 0 && use.since <= before && use.bytesRead === socket.bytesRead;
    if (isIdle && use.isLeaving) socket.destroy();
    use.isLeaving = isIdle;
  }
}
