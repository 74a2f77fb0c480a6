import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A proxy that ends TLS on `localhost`, and serves what is below a path from another port. */
export interface HttpsProxy {
  readonly origin: string;
  close(): void;
}

/** Starts the proxy. Its certificate is made for it. Without a target, it answers each request with `page`. */
export async function startHttpsProxy(
  port: number,
  to: { readonly base: string; readonly port: number } | { readonly page: string },
): Promise<HttpsProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'flairgate-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...made, '-keyout', keyFile, '-out', certFile, ...subject], {
    stdio: 'ignore',
  });
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certFile) };
  rmSync(folder, { recursive: true });
  const server = createServer(tls, (req, res) => {
    if ('page' in to) {
      res.setHeader('Content-Type', 'text/html');
      res.end(to.page);
      return;
    }
    const path = req.url?.startsWith(`${to.base}/`) ? req.url.slice(to.base.length) : '/not-below-the-path';
    const passed = request({ host: '127.0.0.1', port: to.port, method: req.method, path, headers: req.headers });
    passed.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    passed.on('error', () => res.destroy());
    req.pipe(passed);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `https://localhost:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
