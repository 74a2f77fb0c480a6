import { StringDecoder } from 'node:string_decoder';
import type { Response } from 'express';
import { applyHeaders } from '../guard/router/intercept.js';
import { changeEvents, type EventChanger } from './event-lines.js';

/** Largest JSON answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 4_194_304;

/** Changes the JSON texts of an answer. */
export interface AnswerFilter {
  /** True if the answer is known to have a list of tools. Otherwise only a stream of events can repeat one. */
  readonly isListed: boolean;
  /** Returns the text to send instead. The same text means that nothing changes. @throws SyntaxError for no JSON */
  change(text: string): string;
  /** Answers instead if the answer cannot be read. Nothing has been sent then. */
  fail(reason: Error): void;
}

/** Way in which an answer is sent: as it is, by event, or whole at its end. */
type Mode = { kind: 'as-is' } | { kind: 'events'; changer: EventChanger } | { kind: 'whole'; chunks: Buffer[] };

interface Functions {
  readonly writeHead: Response['writeHead'];
  readonly write: Response['write'];
  readonly end: Response['end'];
  readonly flushHeaders: Response['flushHeaders'];
}

/** Answer on its way through a filter. */
interface Passage {
  readonly res: Response;
  readonly filter: AnswerFilter;
  /** The functions of the response itself. */
  readonly own: Functions;
  readonly decoder: StringDecoder;
  /** Undefined before the answer begins. */
  mode: Mode | undefined;
  bytes: number;
}

/**
 * Lets an answer pass through a filter: a JSON document when it ends, a stream of server-sent events event by event.
 *
 * An answer with a status other than 200 has no result and passes as it is. An answer of status 200 that has a list of
 * tools is not sent if it cannot be read: in another type or encoding, or a larger one.
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
      if (isSentAtOnce(begin(passage))) own.writeHead(status);
      return res;
    },
    flushHeaders() {
      if (isSentAtOnce(begin(passage))) own.flushHeaders();
    },
    write: (chunk: unknown, ...rest: unknown[]) => write(passage, chunk, rest),
    end: (...given: unknown[]) => end(passage, given),
  });
}

function isSentAtOnce(mode: Mode | undefined): boolean {
  return mode !== undefined && mode.kind !== 'whole';
}

/** Chooses the way in which an answer is sent. Returns undefined if the answer cannot be read, and was given up. */
function begin(passage: Passage): Mode | undefined {
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
  const begun = begin(passage);
  if (begun === undefined) return false;
  if (begun.kind === 'as-is') return Reflect.apply(own.write, res, [chunk, ...rest]);
  const text = safely(passage, () => collect(passage, chunk, rest[0]));
  const done = rest.find((each) => typeof each === 'function');
  if (done !== undefined) process.nextTick(() => void Reflect.apply(done, undefined, []));
  return text === undefined || text === '' || own.write(text);
}

function end(passage: Passage, given: readonly unknown[]): Response {
  const { res, own, filter } = passage;
  const begun = begin(passage);
  if (begun === undefined) return res;
  if (begun.kind === 'as-is') return Reflect.apply(own.end, res, given);
  const text = safely(passage, () => finish(begun, collect(passage, given[0], given[1]), filter));
  if (text === undefined) return res;
  restore(passage);
  if (begun.kind === 'whole') res.setHeader('Content-Length', Buffer.byteLength(text));
  return Reflect.apply(own.end, res, [text, ...given.filter((each) => typeof each === 'function')]);
}

/** Takes a part of the answer. Returns the text to send now. */
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

/** Runs a step, and gives the answer up if it throws. Undefined then. */
function safely(passage: Passage, run: () => string): string | undefined {
  try {
    return run();
  } catch (error) {
    giveUp(passage, error instanceof Error ? error : new Error('the answer with a list of tools cannot be read'));
    return undefined;
  }
}

/** Ends an answer that cannot be read. A caller must not get a part of a list that could hold more than it may see. */
function giveUp(passage: Passage, reason: Error): void {
  const { res, filter, mode } = passage;
  const isSent = mode?.kind !== 'whole' && res.headersSent;
  passage.mode = { kind: 'as-is' };
  restore(passage);
  if (isSent) res.destroy();
  else filter.fail(reason);
  // The handler may go on with its answer: to write to a response that has ended is an error that ends the process.
  Object.assign(res, { writeHead: () => res, flushHeaders: ignore, write: () => false, end: () => res });
}

function ignore(): void {}

function restore({ res, own }: Passage): void {
  Object.assign(res, own);
  Reflect.deleteProperty(res, 'headersSent');
}

function finish(mode: Mode, last: string, filter: AnswerFilter): string {
  if (mode.kind === 'events') return `${last}${mode.changer.end()}`;
  return mode.kind === 'whole' ? filter.change(Buffer.concat(mode.chunks).toString('utf8')) : '';
}

/** Returns the way in which an answer is sent, by its status and headers. Undefined if it cannot be read. */
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

/** Changes the data of an event. Data that is no JSON holds no list of tools for any client. */
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
