import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../packages/stores/test/redis-server.js';

/** The header of an answer that names the gateway behind nginx. */
export const GATEWAY_HEADER = 'x-gateway';

/** nginx in front of gateways, with the configuration of the manual. */
export interface RunningNginx {
  /** Its address, without the path of the service. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts nginx on a port of this machine, as `docs/deploy/nginx.md` configures it, without TLS. */
export async function startNginx(gatewayPorts: readonly number[], given?: number): Promise<RunningNginx> {
  const port = given ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-nginx-'));
  await mkdir(join(folder, 'temp'));
  await writeFile(join(folder, 'nginx.conf'), await configuration(port, gatewayPorts));
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilHealthy(`${url}/auth/healthz`);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

async function configuration(port: number, gatewayPorts: readonly number[]): Promise<string> {
  const page = await readFile(new URL('../../docs/deploy/nginx.md', import.meta.url), 'utf8');
  const block = /```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const gateways = gatewayPorts.map((gatewayPort) => `server 127.0.0.1:${gatewayPort};`);
  const http = block
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace(/^\s*ssl_certificate.*\n/gm, '')
    .replace('server 127.0.0.1:8787;', gateways.join(' '));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path temp/${name};`,
  );
  return `daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http { access_log off; add_header ${GATEWAY_HEADER} $upstream_addr always; ${temporary.join(' ')}
${http}
}`;
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isHealthy = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not answer');
}

/** True if nginx is installed. Otherwise prints that tests are skipped, and fails if `CI` is set. */
export function hasNginx(): boolean {
  if (spawnSync('nginx', ['-v']).status === 0) return true;
  const reason = 'skipped: nginx is not installed';
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return false;
}
