import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FaultCause, HoneytokenEvent } from '@flairgate/core';
import { type DeniedEvent, type FaultEvent, findRequestId } from '@flairgate/express';
import pino, { type Logger } from 'pino';
import type { LogSettings } from '../configuration/configuration.js';
import { methodOf, routeOf } from './answered-request.js';

/** The service's log. */
export interface ServiceLog {
  readonly logger: Logger;
  /** Writes the remaining data and stops. */
  close(): void;
}

const SUMMARY_MS = 60_000;
const MAX_REASONS = 100;
const MAX_FAULTS = 20;

/** Counts since the last summary. */
interface Period {
  readonly answers: Map<string, number>;
  readonly refusals: Map<string, number>;
  /** Number of 503 responses by cause. */
  readonly unavailable: Map<string, number>;
  faults: number;
}

/**
 * Opens the log, which writes JSON lines to standard error: start and stop, faults, uses of honeytokens (decoy keys),
 * and once a minute a summary of answered and refused requests.
 *
 * By default, there is no line per request, because any caller could then fill the disk. With `requests`, each response
 * is logged with its id, method, route and status. Headers, queries, paths, bodies and addresses are never logged. Of
 * an error, only name, code and stack are logged, because the message may quote a request.
 *
 * If no proxy is trusted, the first request that arrives through a proxy is reported. Later ones are not.
 */
export function openLog(server: Server, { level, requests }: LogSettings, trustsProxies: boolean): ServiceLog {
  const logger = pino(
    { base: null, level, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  let period = newPeriod();
  const summarize = () => {
    writeSummary(logger, period);
    period = newPeriod();
  };
  const onDenied = (event: unknown) => {
    const { code, reason } = event as DeniedEvent;
    countReason(period.refusals, code === reason ? code : `${code}: ${reason}`);
  };
  const onFault = (event: unknown) => {
    const { error, cause, requestId } = event as FaultEvent;
    const about = requestId === undefined ? {} : { requestId };
    if (cause !== undefined) noteUnavailable({ logger, period, about }, error, cause);
    else if (++period.faults <= MAX_FAULTS) logger.error({ ...describeFault(error), ...about }, 'fault');
  };
  const onHoneytoken = (event: unknown) => {
    const { keyId, oid, uid, address } = event as HoneytokenEvent;
    logger.warn({ keyId, oid, uid, address }, 'a honeytoken was used');
  };
  let mayWarn = !trustsProxies;
  const onRequest = (req: IncomingMessage, res: ServerResponse) => {
    const { headers } = req;
    if (mayWarn && isForwarded(headers)) {
      mayWarn = false;
      logger.warn('a request has X-Forwarded-For or Forwarded, but no proxy is trusted; set FLAIRGATE_TRUST_PROXY');
    }
    const at = performance.now();
    res.once('close', () => {
      countReason(period.answers, res.writableFinished ? String(res.statusCode) : 'aborted');
      if (requests) logger.info({ ...describeAnswer(req, res), ms: Math.round(performance.now() - at) }, 'answered');
    });
  };
  server.prependListener('request', onRequest);
  subscribe('flairgate:denied', onDenied);
  subscribe('flairgate:fault', onFault);
  subscribe('flairgate:honeytoken', onHoneytoken);
  const timer = setInterval(summarize, SUMMARY_MS).unref();
  return {
    logger,
    close() {
      clearInterval(timer);
      unsubscribe('flairgate:denied', onDenied);
      unsubscribe('flairgate:fault', onFault);
      unsubscribe('flairgate:honeytoken', onHoneytoken);
      summarize();
    },
  };
}

function describeAnswer(req: IncomingMessage, res: ServerResponse): Readonly<Record<string, unknown>> {
  const ids = findRequestId(req);
  const trace = ids?.traceparent?.split('-')[1];
  return {
    ...(ids === undefined ? {} : { requestId: ids.id }),
    ...(trace === undefined ? {} : { traceId: trace }),
    method: methodOf(req),
    route: routeOf(req),
    status: res.writableFinished ? res.statusCode : 0,
  };
}

function isForwarded(headers: IncomingMessage['headers']): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
}

function newPeriod(): Period {
  return { answers: new Map(), refusals: new Map(), unavailable: new Map(), faults: 0 };
}

function writeSummary(logger: Logger, { answers, refusals, unavailable, faults }: Period): void {
  if (answers.size + refusals.size + unavailable.size + faults === 0) return;
  const counts = { answers: Object.fromEntries(answers), refusals: Object.fromEntries(refusals) };
  const causes = unavailable.size === 0 ? {} : { unavailable: Object.fromEntries(unavailable) };
  logger.info({ ...counts, ...causes, faults }, 'summary');
}

/** Counts a cause of 503 responses for the summary. Logs each cause at most once a minute. */
function noteUnavailable(
  { logger, period, about }: { readonly logger: Logger; readonly period: Period; readonly about: object },
  error: unknown,
  { text, code }: FaultCause,
): void {
  const { unavailable } = period;
  const cause = code === undefined ? text : `${text} (${code})`;
  const isNew = !unavailable.has(cause) && unavailable.size < MAX_REASONS;
  countReason(unavailable, cause);
  if (isNew) logger.error({ cause, fault: describeFault(error), ...about }, 'unavailable');
}

/**
 * Counts a reason. Some reasons contain names, so at most `MAX_REASONS` distinct reasons are counted separately. All
 * further reasons are counted together as `others`.
 */
function countReason(counts: Map<string, number>, name: string): void {
  const known = counts.has(name) || counts.size < MAX_REASONS ? name : 'others';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}

function describeFault(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error ? { code: String(error.code) } : {};
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? {} : { cause: describeFault(error.cause) };
  return { name: error.name, ...code, at: places.slice(0, 8).map((line) => line.trim()), ...cause };
}
