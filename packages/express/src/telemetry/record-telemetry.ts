import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { OptionError, UnavailableError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import {
  type Attributes,
  type MeterProvider,
  metrics,
  type Span,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { DeniedEvent, FaultEvent, IdentifyEvent } from '../events.js';
import type { Gate } from '../gate.js';
import type { GuardEvent } from '../guard/events.js';
import { createInstruments, type Instruments } from './instruments.js';

/** Options of `recordTelemetry`. */
export interface TelemetryOptions {
  /**
   * Gates for which the age of the last sync (read of revocations) is exported. By default none: only events are
   * counted.
   */
  readonly gates?: readonly Pick<Gate, 'authenticator'>[];
  /** Provider of the meters. By default the global one. */
  readonly meterProvider?: MeterProvider;
  /** Provider of the tracers. By default the global one. */
  readonly tracerProvider?: TracerProvider;
}

const SCOPE_NAME = '@flairgate/express';

/**
 * Records Flairgate's events in this process with OpenTelemetry. Returns a function that stops the recording.
 *
 * The recording subscribes to the diagnostics channels and changes nothing else. A refusal is counted by code and
 * stage, and its exact reason is set on the active span. If a caller's credential is not in the cache, identifying the
 * caller is recorded as a span and a duration. No attribute contains a credential, a name, an address or an id.
 * Attributes of metrics have a fixed set of values.
 *
 * Providers that the options do not contain are the global ones, which must be registered before this call.
 *
 * @throws OptionError for an unknown option.
 *
 * @example
 * const stop = recordTelemetry({ gates: [gate] });
 */
export function recordTelemetry(options: TelemetryOptions = {}): () => void {
  assertKnownOptions('recordTelemetry', options, ['gates', 'meterProvider', 'tracerProvider']);
  const { gates = [], meterProvider = metrics, tracerProvider = trace } = options;
  if (!Array.isArray(gates)) throw new OptionError('recordTelemetry: gates: must be a list of gates');
  const { instruments, stop } = createInstruments(meterProvider.getMeter(SCOPE_NAME), gates);
  const stops = [
    stop,
    ...listenersOf(instruments).map(([name, listener]) => subscribeTo(name, listener)),
    traceIdentifying(instruments, tracerProvider),
  ];
  return () => {
    for (const end of stops.splice(0)) end();
  };
}

type EventListener = (event: unknown) => void;

function listenersOf(instruments: Instruments): readonly (readonly [string, EventListener])[] {
  return [
    ['flairgate:denied', (event) => onDenied(instruments, event as DeniedEvent)],
    ['flairgate:fault', (event) => instruments.faults.add(1, faultAttributes((event as FaultEvent).error))],
    ['flairgate:guard', (event) => onGuarded(instruments, event as GuardEvent)],
    ['flairgate:honeytoken', () => instruments.honeytokens.add(1)],
    ['flairgate:revision', (event) => instruments.synced(event)],
  ];
}

function subscribeTo(name: string, listener: EventListener): () => void {
  subscribe(name, listener);
  return () => void unsubscribe(name, listener);
}

function onDenied({ denials }: Instruments, { code, stage, reason }: DeniedEvent): void {
  const attributes = { 'flairgate.denial.code': code, 'flairgate.denial.stage': stage };
  denials.add(1, attributes);
  trace.getActiveSpan()?.setAttributes({ ...attributes, 'flairgate.denial.reason': reason });
}

function onGuarded({ guarded }: Instruments, { outcome, dryRun }: GuardEvent): void {
  guarded.add(1, { 'flairgate.guard.outcome': outcome, 'flairgate.guard.dry_run': dryRun });
}

function faultAttributes(error: unknown): Attributes {
  return { 'error.type': error instanceof UnavailableError ? `unavailable.${error.dependency}` : '_OTHER' };
}

/** An identification that has started. */
interface Began {
  readonly span: Span;
  readonly at: number;
}

function traceIdentifying({ identified }: Instruments, tracers: Pick<TracerProvider, 'getTracer'>): () => void {
  const began = new WeakMap<object, Began>();
  const handlers = {
    start(event: object) {
      const { credential } = event as IdentifyEvent;
      const span = tracers.getTracer(SCOPE_NAME).startSpan('flairgate.identify', {
        attributes: { 'flairgate.credential': credential },
      });
      began.set(event, { span, at: performance.now() });
    },
    asyncEnd(event: object) {
      const { credential, outcome, error } = event as IdentifyEvent;
      const start = began.get(event);
      if (start === undefined) return;
      const attributes = outcome === undefined ? faultAttributes(error) : { 'flairgate.outcome': outcome };
      identified.record((performance.now() - start.at) / 1000, { 'flairgate.credential': credential, ...attributes });
      start.span.setAttributes(attributes);
      if (outcome === undefined) start.span.setStatus({ code: SpanStatusCode.ERROR });
      start.span.end();
    },
    end: ignoreEvent,
    asyncStart: ignoreEvent,
    error: ignoreEvent,
  };
  const identifying = tracingChannel<string, object>('flairgate:identify');
  identifying.subscribe(handlers);
  return () => void identifying.unsubscribe(handlers);
}

function ignoreEvent(): void {
  // Everything is recorded in `start` and `asyncEnd`.
}
