import type { IncomingMessage, RequestListener } from 'node:http';
import { OptionError } from '@flairgate/core';
import type { TracerProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { MetricReader } from '@opentelemetry/sdk-metrics';
import { methodOf, routeOf } from './answered-request.js';

/** Exports metrics and traces to an OpenTelemetry collector. */
export interface Otlp {
  /** Creates the reader that exports metrics. */
  openMetricReader(): MetricReader;
  readonly tracerProvider: TracerProvider;
  /**
   * Wraps an app so that each request is recorded as a span (part of a trace). The span is a child of the caller's
   * span, which `parentOf` returns as a `traceparent`.
   */
  traced(app: RequestListener, parentOf: (req: IncomingMessage) => string | undefined): RequestListener;
  close(): Promise<void>;
}

/**
 * Starts the export of metrics and traces to a collector by OTLP over HTTP. The OpenTelemetry exporters also read other
 * `OTEL_*` variables, such as `OTEL_EXPORTER_OTLP_HEADERS`.
 *
 * @throws OptionError if the OpenTelemetry packages are not installed.
 */
export async function openOtlp(endpoint: string, resource: Resource): Promise<Otlp> {
  const { api, hooks, metrics, sdkMetrics, sdkTrace, traces } = await loadPackages();
  const base = endpoint.replace(/\/$/, '');
  const exporter = new traces.OTLPTraceExporter({ url: `${base}/v1/traces` });
  const tracerProvider = new sdkTrace.BasicTracerProvider({
    resource,
    spanProcessors: [new sdkTrace.BatchSpanProcessor(exporter)],
  });
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  const tracer = tracerProvider.getTracer('flairgate');
  return {
    openMetricReader: () =>
      new sdkMetrics.PeriodicExportingMetricReader({
        exporter: new metrics.OTLPMetricExporter({ url: `${base}/v1/metrics` }),
      }),
    tracerProvider,
    traced: (app, parentOf) => (req, res) => {
      const parent = remoteParent(api, parentOf(req));
      const span = tracer.startSpan(methodOf(req), { kind: api.SpanKind.SERVER }, parent);
      res.once('close', () => {
        span.updateName(`${methodOf(req)} ${routeOf(req)}`);
        span.setAttributes({
          'http.request.method': methodOf(req),
          'http.route': routeOf(req),
          'http.response.status_code': res.statusCode,
        });
        if (res.statusCode >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      });
      api.context.with(api.trace.setSpan(parent, span), () => app(req, res));
    },
    async close() {
      await tracerProvider.shutdown();
      api.context.disable();
    },
  };
}

type Api = typeof import('@opentelemetry/api');

/**
 * Returns the context of the caller's span, which `traceparent` names. Without a valid `traceparent`, returns the root
 * context, so that the request begins a new trace.
 */
function remoteParent(api: Api, traceparent: string | undefined): ReturnType<Api['trace']['setSpan']> {
  const [, traceId = '', spanId = '', flags = ''] = traceparent?.split('-') ?? [];
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return api.isSpanContextValid(spanContext)
    ? api.trace.setSpanContext(api.ROOT_CONTEXT, spanContext)
    : api.ROOT_CONTEXT;
}

async function loadPackages() {
  try {
    const [api, hooks, metrics, sdkMetrics, sdkTrace, traces] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
    return { api, hooks, metrics, sdkMetrics, sdkTrace, traces };
  } catch (error) {
    throw new OptionError(
      'OTEL_EXPORTER_OTLP_ENDPOINT: needs the optional packages of flairgate, which are not installed; install it without --omit=optional',
      { cause: error },
    );
  }
}
