import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { OptionError } from '@flairgate/core';
import type { Gate } from '@flairgate/express';
import { findRequestId } from '@flairgate/express';
import { recordTelemetry } from '@flairgate/express/telemetry';
import type { Histogram } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Settings } from '../configuration/settings.js';
import { methodOf, routeOf } from './answered-request.js';
import { type Otlp, openOtlp } from './otlp.js';

/** Metrics and traces of the service. */
export interface Telemetry {
  /** Writes the metrics in Prometheus format. Absent if metrics are off. */
  readonly writeMetrics?: (req: IncomingMessage, res: ServerResponse) => void;
  /** Starts to record a gate's metrics. */
  record(gate: Pick<Gate, 'authenticator'>): void;
  /**
   * Wraps the app so that each request is recorded as a trace span. Returns the app unchanged if there is no collector.
   */
  traced(app: RequestListener): RequestListener;
  /** Sends the remaining data and stops. */
  close(): Promise<void>;
}

/** Histogram buckets for the duration of a request, in seconds. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Creates the metrics of this process. Starts the export to a collector if `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
 * Returns undefined if metrics are off and no collector is set.
 *
 * @throws OptionError if a collector is set, but the packages for the export are not installed.
 */
export async function openTelemetry(
  server: Server,
  { configuration, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Settings,
): Promise<Telemetry | undefined> {
  if (!configuration.hasMetrics && endpoint === undefined) return undefined;
  const resource = resourceOfService();
  const otlp = endpoint === undefined ? undefined : await openOtlp(endpoint, resource);
  const prometheus = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const { hasMetrics } = configuration;
  const readers = hasMetrics ? [prometheus, ...(otlp === undefined ? [] : [otlp.openMetricReader()])] : [];
  const meterProvider = new MeterProvider({ readers, resource });
  measureAnswers(server, meterProvider);
  let stop: () => void = () => undefined;
  return {
    ...(hasMetrics ? { writeMetrics: (req, res) => prometheus.getMetricsRequestHandler(req, res) } : {}),
    record(gate) {
      stop = recordTelemetry({ gates: [gate], meterProvider, ...tracersOf(otlp) });
    },
    traced: (app) => (otlp === undefined ? app : otlp.traced(app, parentOf)),
    async close() {
      stop();
      // A collector that is down must not delay the end of the process.
      await Promise.all([
        meterProvider.shutdown({ timeoutMillis: 2000 }).catch(ignoreLostData),
        otlp?.close().catch(ignoreLostData),
      ]);
    },
  };
}

/**
 * Returns the OpenTelemetry resource, which names the service in exported data. The name is `flairgate` unless
 * `OTEL_SERVICE_NAME` is set.
 */
function resourceOfService(): Resource {
  const named = defaultResource().merge(resourceFromAttributes({ 'service.name': 'flairgate' }));
  return named.merge(detectResources({ detectors: [envDetector] }));
}

function tracersOf(otlp: Otlp | undefined): { tracerProvider?: Otlp['tracerProvider'] } {
  return otlp === undefined ? {} : { tracerProvider: otlp.tracerProvider };
}

function ignoreLostData(): void {
  // Data that can no longer be sent is lost.
}

/** Returns the `traceparent` header of the request, which names the caller's trace and span. */
function parentOf(req: IncomingMessage): string | undefined {
  return (
    findRequestId(req)?.traceparent ??
    (typeof req.headers.traceparent === 'string' ? req.headers.traceparent : undefined)
  );
}

function measureAnswers(server: Server, meterProvider: MeterProvider): void {
  const durations: Histogram = meterProvider.getMeter('flairgate').createHistogram('http.server.request.duration', {
    description: 'Answered requests',
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
    const at = performance.now();
    res.once('close', () => {
      const status = res.writableFinished
        ? { 'http.response.status_code': res.statusCode }
        : { 'error.type': 'aborted' };
      durations.record((performance.now() - at) / 1000, {
        'http.request.method': methodOf(req),
        'http.route': routeOf(req),
        ...status,
      });
    });
  });
}

/** A port that serves only metrics. */
export interface MetricsPort {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Opens a separate port that serves only `/metrics`. Requests to this port need no credential.
 *
 * @throws OptionError if the port cannot be bound
 */
export async function openMetricsPort(
  host: string,
  port: number,
  writeMetrics: NonNullable<Telemetry['writeMetrics']>,
): Promise<MetricsPort> {
  const server = createServer((req, res) => {
    if (req.method === 'GET' && req.url?.split('?', 1)[0] === '/metrics') writeMetrics(req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      reject(
        new OptionError(`FLAIRGATE_METRICS_PORT: cannot listen on ${host}:${port} (${code}); choose another port`, {
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
