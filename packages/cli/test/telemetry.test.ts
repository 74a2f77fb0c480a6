import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment, oneObject, program, type Workplace, workplace } from './flairgate.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

let place: Workplace;
let child: ChildProcess | undefined;
let collector: Server | undefined;

beforeEach(async () => {
  place = await workplace();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  collector?.close();
  await place.remove();
});

interface Served {
  readonly started: Readonly<Record<string, unknown>>;
  readonly log: () => readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

async function serve(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Served> {
  const started = spawn(process.execPath, [program, 'serve', '--port', '0', '--json', ...args], {
    cwd: place.folder,
    env: cleanEnvironment(env),
  });
  child = started;
  let err = '';
  started.stderr.on('data', (part) => {
    err += part;
  });
  const [line] = await once(started.stdout, 'data');
  return {
    started: oneObject(String(line)),
    log: () => err.split('\n').flatMap((each) => (each.startsWith('{') ? [JSON.parse(each)] : [])),
    async stop() {
      started.kill('SIGTERM');
      await once(started, 'exit');
    },
  };
}

/** A collector that keeps what it is sent, by path. */
async function collect(): Promise<{ readonly url: string; readonly sent: Map<string, string> }> {
  const sent = new Map<string, string>();
  collector = createServer(async (req, res) => {
    sent.set(req.url ?? '', `${sent.get(req.url ?? '') ?? ''}${await text(req)}`);
    res.end('{}');
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  return { url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`, sent };
}

describe('the running service, seen from outside', { timeout: 60_000 }, () => {
  it('the running service has metrics for a service key and on a port of their own, ids in its log, and sends traces to a collector', async () => {
    const config = join(place.folder, 'c.yml');
    await writeFile(config, 'log: { requests: true }\n');
    const { url: endpoint, sent } = await collect();
    const env = { FLAIRGATE_CONFIG: config, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
    const { started, log, stop } = await serve(['--metrics-port', '0'], env);
    const url = String(started.url);
    const refused = await fetch(`${url}/v1/who`, { headers: { 'x-request-id': 'abc-1', traceparent: TRACEPARENT } });
    expect([refused.status, refused.headers.get('x-request-id')]).toEqual([401, 'abc-1']);

    const { key } = await place.json(['service', 'create', '--name', 'prometheus', '--all-orgs']);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const behindKey = await fetch(`${url}/metrics`, { headers: { 'x-api-key': String(key) } });
    expect([behindKey.status, behindKey.headers.get('content-type')]).toEqual([200, 'text/plain']);
    expect(await behindKey.text()).toContain('flairgate_denials_total{flairgate_denial_code="ERR_CREDENTIAL_MISSING"');
    const alone = await (await fetch(String(started.metrics))).text();
    expect(alone).toMatch(
      /http_server_request_duration_count\{http_request_method="GET",http_route="\/v1\/who",http_response_status_code="401"\} 1\n/,
    );
    expect(alone).toContain('flairgate_revision_valid_for');
    expect(alone).not.toContain(String(key));
    expect((await fetch(String(started.metrics).replace('/metrics', '/v1/who'))).status).toBe(404);

    await stop();
    expect(log()).toContainEqual(
      expect.objectContaining({ requestId: 'abc-1', traceId: TRACE, method: 'GET', route: '/v1/who', status: 401 }),
    );
    const traces = sent.get('/v1/traces') ?? '';
    expect(traces).toContain(TRACE);
    expect(traces).toContain('GET /v1/who');
    expect(sent.get('/v1/metrics')).toContain('flairgate.denials');
    expect(traces + (sent.get('/v1/metrics') ?? '')).not.toContain(String(key));
  });

  it('the running service sends traces without metrics to a collector, if metrics are off', async () => {
    const config = join(place.folder, 'c.yml');
    const { url: endpoint, sent } = await collect();
    await writeFile(config, `telemetry: { metrics: false, otlp_url: '${endpoint}' }\n`);
    const { started, stop } = await serve(['--config', config], {});
    expect((await fetch(`${started.url}/v1/who`, { headers: { traceparent: TRACEPARENT } })).status).toBe(401);
    expect((await fetch(`${started.url}/metrics`)).status).toBe(404);
    await stop();
    expect(sent.get('/v1/traces')).toContain(TRACE);
    expect(sent.has('/v1/metrics')).toBe(false);
  });

  it('the running service measures nothing if the settings say so, and stops on a metrics port that is taken', async () => {
    const config = join(place.folder, 'c.yml');
    await writeFile(config, 'telemetry: { metrics: false }\n');
    const { started, stop } = await serve([], { FLAIRGATE_CONFIG: config });
    expect((await fetch(`${started.url}/metrics`)).status).toBe(404);
    const unmeasured = await place.start(['serve', '--port', '0', '--metrics-port', '0', '--config', config]);
    expect([unmeasured.exit, unmeasured.stderr]).toEqual([
      1,
      '--metrics-port: must not be set while telemetry.metrics is false\n',
    ]);
    const port = new URL(String(started.url)).port;
    const failed = await place.start(['serve', '--port', '0', '--metrics-port', port]);
    expect(failed).toMatchObject({ exit: 1 });
    expect(failed.stderr).toMatch(/FLAIRGATE_METRICS_PORT: cannot listen on .*EADDRINUSE/);
    await stop();
  });
});
