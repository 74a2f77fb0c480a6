import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Express } from 'express';

/** Answers until SIGTERM or SIGINT, then finishes what was begun, and closes what is given, in order. */
export async function serve(app: Express, closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  const host = process.env.HOST ?? '127.0.0.1';
  const server = createServer(app).listen(Number(variable('PORT')), host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  console.log(`http://${host === '0.0.0.0' ? 'localhost' : host}:${port}`);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  server.close();
  server.closeIdleConnections();
  await once(server, 'close');
  for (const close of closers) await close();
}

/** A variable that this process cannot do without. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

/** A secret of this process: a variable, or the file that the variable with `_FILE` names, as containers get it. */
export function secret(name: string): string {
  const file = process.env[`${name}_FILE`];
  return file === undefined ? variable(name) : readFileSync(file, 'utf8').trim();
}

/** Hosts that are called by http: the other containers of one network. None on one machine, where http is allowed. */
export function httpHosts(): readonly string[] {
  return (process.env.ALLOW_HTTP ?? '').split(',').filter((host) => host !== '');
}
