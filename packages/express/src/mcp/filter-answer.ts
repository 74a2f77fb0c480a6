import { StringDecoder } from 'node:string_decoder';
import type { Response } from 'express';
import { applyHeaders } from '../guard/router/intercept.js';
import { changeEvents, type EventChanger } from './event-lines.js';

/** Maximum size in bytes of a JSON response that is filtered. */
const MAX_ANSWER_BYTES = 4_194_304;

/** Filters the JSON texts in a response. */
export interface AnswerFilter {
  /**
   * True if the request asked for the list of tools. If false, a list of tools can only occur in an event stream that
   * repeats an earlier message.
   */
  readonly isListed: boolean;
  /**
   * Returns the text to send in place of a JSON text. Returns the same text if nothing changes.
   * @throws SyntaxError if the text is not JSON.
   */
  change(text: string): string;
  /**
   * Sends an error response if the response cannot be filtered. Called only if nothing of the response has been sent.
   */
  fail(reason: Error): void;
}

/** Mode in which a response is sent: unchanged, event by event, or as a whole when it is complete. */
type Mode = { kind: 'as-is' } | { kind: 'events'; changer: EventChanger } | { kind: 'whole'; chunks: Buffer[] };

interface Functions {
  readonly writeHead: Response['writeHead'];
  readonly write: Response['write'];
  readonly end: Response['end'];
  readonly flushHeaders: Response['flushHeaders'];
}

/** State of a response that passes through a filter. */
interface Passage {
  readonly res: Response;
  readonly filter: AnswerFilter;
  /** The response's original functions. */
  readonly own: Functions;
  readonly decoder: StringDecoder;
  /** Mode in which the response is sent. Undefined until the response begins. */
  mode: Mode | undefined;
  bytes: number;
}

/**
 * Passes a response through a filter. A JSON document is filtered when it is complete. A stream of server-sent events
 * is filtered event by event.
 *
 * A response with a status other than 200 contains no result and passes unchanged. A 200 response with a list of tools
 * is withheld if it cannot be filtered: if its content type or encoding is not supported, or if it is too large.
 */
export function filterAnswer(res: Response, filter: AnswerFilter): void {
  const own: Functions = {
    writeHead: res.writeHead.bind(res),
    write: res.write.bind(res),
    end: res.end.bind(res),
    flushHeaders: res.flushHeaders.bind(res),
  };
  const passage: Passage = { res, filter, own, decoder: new StringDecoder('utf8'), mode: undefined, bytes: 0 };
  Object.assign(res, {
    writeHead(status: number, ...rest: unknown[]) {
      res.statusCode = status;
      applyHeaders(res, rest.at(-1));
      if (isSentAtOnce(chooseMode(passage))) own.writeHead(status);
      return res;
    },
    flushHeaders() {
      if (isSentAtOnce(chooseMode(passage))) own.flushHeaders();
    },
    write: (chunk: unknown, ...rest: unknown[]) => write(passage, chunk, rest),
    end: (...given: unknown[]) => end(passage, given),
  });
}

function isSentAtOnce(mode: Mode | undefined): boolean {
  return mode !== undefined && mode.kind !== 'whole';
}

/**
 * Chooses the mode in which a response is sent. If the response cannot be filtered, withholds it and returns undefined.
 */
function chooseMode(passage: Passage): Mode | undefined {
  if (passage.mode !== undefined) return passage.mode;
  const { res, filter } = passage;
  const mode = modeOf(res, filter);
  if (mode === undefined) giveUp(passage, new Error('the answer with a list of tools cannot be read'));
  else passage.mode = mode;
  if (mode?.kind === 'whole') Object.defineProperty(res, 'headersSent', { configurable: true, get: () => true });
  return mode;
}

function write(passage: Passage, chunk: unknown, rest: readonly unknown[]): boolean {
  const { res, own } = passage;
  const begun = chooseMode(passage);
  if (begun === undefined) return false;
  if (begun.kind === 'as-is') return Reflect.apply(own.write, res, [chunk, ...rest]);
  const text = safely(passage, () => collect(passage, chunk, rest[0]));
  const done = rest.find((each) => typeof each === 'function');
  if (done !== undefined) process.nextTick(() => void Reflect.apply(done, undefined, []));
  return text === undefined || text === '' || own.write(text);
}

function end(passage: Passage, given: readonly unknown[]): Response {
  const { res, own, filter } = passage;
  const begun = chooseMode(passage);
  if (begun === undefined) return res;
  if (begun.kind === 'as-is') return Reflect.apply(own.end, res, given);
  const text = safely(passage, () => finish(begun, collect(passage, given[0], given[1]), filter));
  if (text === undefined) return res;
  restoreResponse(passage);
  if (begun.kind === 'whole') res.setHeader('Content-Length', Buffer.byteLength(text));
  return Reflect.apply(own.end, res, [text, ...given.filter((each) => typeof each === 'function')]);
}

/** Adds a chunk of the response. Returns the text to send now, which may be empty. */
function collect(passage: Passage, chunk: unknown, encoding: unknown): string {
  const { mode } = passage;
  const part = toBuffer(chunk, encoding);
  if (part === undefined || mode === undefined || mode.kind === 'as-is') return '';
  if (mode.kind === 'events') return mode.changer.add(passage.decoder.write(part));
  passage.bytes += part.byteLength;
  if (passage.bytes > MAX_ANSWER_BYTES) throw new Error('the answer with a list of tools is too large');
  mode.chunks.push(part);
  return '';
}

/** Calls `run` and returns its result. If `run` throws, withholds the response and returns undefined. */
function safely(passage: Passage, run: () => string): string | undefined {
  try {
    return run();
  } catch (error) {
    giveUp(passage, error instanceof Error ? error : new Error('the answer with a list of tools cannot be read'));
    return undefined;
  }
}

/**
 * Stops sending a response that cannot be filtered, because it could list tools that the caller must not see. Closes
 * the connection if filtered events have already been sent, otherwise sends an error response.
 */
function giveUp(passage: Passage, reason: Error): void {
  const { res, filter, mode } = passage;
  const isSent = mode?.kind !== 'whole' && res.headersSent;
  passage.mode = { kind: 'as-is' };
  restoreResponse(passage);
  if (isSent) res.destroy();
  else filter.fail(reason);
  // The handler may continue to write. Writing to a response that has ended would cause an error that ends the process.
  Object.assign(res, { writeHead: () => res, flushHeaders: ignore, write: () => false, end: () => res });
}

function ignore(): void {}

function restoreResponse({ res, own }: Passage): void {
  Object.assign(res, own);
  Reflect.deleteProperty(res, 'headersSent');
}

function finish(mode: Mode, last: string, filter: AnswerFilter): string {
  if (mode.kind === 'events') return `${last}${mode.changer.end()}`;
  return mode.kind === 'whole' ? filter.change(Buffer.concat(mode.chunks).toString('utf8')) : '';
}

/**
 * Returns the mode for a response, according to its status and headers. Returns undefined if the response cannot be
 * filtered.
 */
function modeOf(res: Response, filter: AnswerFilter): Mode | undefined {
  if (res.statusCode !== 200) return { kind: 'as-is' };
  const type = String(res.getHeader('Content-Type') ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase();
  if (!filter.isListed && type !== 'text/event-stream') return { kind: 'as-is' };
  const encoding = String(res.getHeader('Content-Encoding') ?? 'identity');
  if (encoding !== 'identity') return undefined;
  if (type === 'application/json') return { kind: 'whole', chunks: [] };
  if (type !== 'text/event-stream') return undefined;
  res.removeHeader('Content-Length');
  return { kind: 'events', changer: changeEvents((data) => changeIfJson(data, filter)) };
}

/**
 * Filters the data of an event. Data that is not JSON is returned unchanged, because clients read no list of tools from
 * such data.
 */
function changeIfJson(data: string, filter: AnswerFilter): string {
  try {
    return filter.change(data);
  } catch {
    return data;
  }
}

function toBuffer(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8');
  }
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}
