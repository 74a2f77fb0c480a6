import { createServer, type RequestListener, type Server } from 'node:http';
import { OptionError } from '@flairgate/core';

/** A bound port. Requests that come before there is an app wait for it. */
export interface Listener {
  /** `http://host:port`, with a name that a browser on this machine can open. */
  readonly url: string;
  readonly server: Server;
  answerWith(app: RequestListener): void;
  /** Accepts nothing more, and resolves when what was being answered is answered, or cut off after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Above our own limit on tokens, so that a token that is too large gets our 413 and not the 431 of Node. */
const MAX_HEADER_BYTES = 32 * 1024;

/** @throws OptionError when the port is taken or may not be used. */
export async function listen(host: string, port: number): Promise<Listener> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  const early: (() => void)[] = [];
  let listener: RequestListener = (req, res) => void early.push(() => listener(req, res));
  const answerWith = (app: RequestListener) => {
    listener = app;
    for (const answer of early.splice(0)) answer();
  };
  server.on('request', (req, res) => listener(req, res));
  await bind(server, host, port);
  return { url: urlOf(server, host), server, answerWith, close: (graceMs) => drain(server, graceMs) };
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
  return new OptionError(`HOST: cannot listen on ${host} (${code}); write an address of this machine`, options);
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'));
    // A connection that is kept alive would hold the process until it times out.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}
