import { deny, isJson, judgeSeen, refuseSeen, type Verdict, withheldCopy } from '@flairgate/core';
import {
  allowedHeaders,
  denialOfStatus,
  discard,
  etagOf,
  failureAnswer,
  isFresh,
  passAnswer,
  refuseAnswer,
  sendAnswer,
  undeclared,
} from './answer.js';
import { type Call, isCallRestricted, report } from './call.js';
import { type Captured, type Interception, intercept } from './intercept.js';
import { type Item, type ListedItems, listItems } from './items.js';
import { isOfOne } from './route-table.js';
import { idOf } from './settings.js';

/** Lets the router read one resource, and judges what it answered by the id in it. */
export function readOne(call: Call, id: string): Promise<void> {
  return reading(call, async (interception, captured) => {
    const item = parseJson(captured);
    if (captured.body.byteLength === 0 || item === null) {
      refuseAnswer(call, interception, deny('ERR_NOT_FOUND'));
      return;
    }
    const found = isJson(item) ? idOf(call.guard, item) : undefined;
    if (!isJson(item) || found === undefined) {
      refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: 'the answer is no item with an id' }));
      return;
    }
    const standing = await call.guard.reader.standing(call.space, [found]);
    const verdict = judgeSeen(call.party, call.before, standing, found);
    if (isHidden(verdict)) refuseAnswer(call, interception, refuseSeen(call.party, standing, found, verdict));
    else if (found !== id) {
      refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: 'the item has another id than the path' }));
    } else sendItem(call, interception, captured, item, verdict, isCallRestricted(call, standing.state));
  });
}

/** Lets the router list, and takes out or blanks what the caller must not see. */
export function listAll(call: Call): Promise<void> {
  return reading(call, async (interception, captured) => {
    // Asked again: something secret may have begun or ended while the router was reading. A write under way counts as
    // secret.
    const open = !isCallRestricted(call) && !isCallRestricted(call, await call.guard.reader.state(call.space));
    const isPlain = open && call.guard.isPlainList(call.route.items, captured.body);
    const list = isPlain ? 'plain' : listItems(call, parseJson(captured));
    if (list === undefined) {
      refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: 'the answer is no list of items with ids' }));
    } else if (open || list === 'plain') {
      // Every item the router may have read since the request came is open to the caller: none is looked up.
      report(call, 'pass', 'nothing of this type is kept from the caller');
      passFresh(call, interception, captured);
    } else await judgeList(call, interception, captured, list);
  });
}

async function judgeList(call: Call, interception: Interception, captured: Captured, list: ListedItems): Promise<void> {
  const standing = await call.guard.reader.standing(
    call.space,
    list.items.map(({ id }) => id),
  );
  const seen = list.items.map((item) => ({ item, verdict: judgeSeen(call.party, call.before, standing, item.id) }));
  const hidden = seen.filter(({ verdict }) => isHidden(verdict)).length;
  if (hidden > 0 && call.route.paged) {
    refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: 'a page with something hidden in it' }));
    return;
  }
  const kept = seen.filter(({ verdict }) => !isHidden(verdict)).map(({ item, verdict }) => viewed(call, item, verdict));
  const withheld = seen.some(({ verdict }) => !verdict.allowed && !isHidden(verdict));
  const restricted = isCallRestricted(call, standing.state);
  const body = restricted ? Buffer.from(JSON.stringify(list.rebuild(kept))) : captured.body;
  report(call, hidden > 0 ? 'hide' : withheld ? 'withhold' : 'pass', `${seen.length} items, ${hidden} hidden`);
  const headers = restricted
    ? { ...allowedHeaders(call, captured.headers, interception.headers), etag: etagOf(body) }
    : captured.headers;
  sendFresh(call, interception, { ...captured, body, headers });
}

/** Runs the router with its answer held back; deals with answers that are no success or cannot be judged. */
async function reading(
  call: Call,
  judge: (interception: Interception, captured: Captured) => Promise<void>,
): Promise<void> {
  const { guard, req, res, next } = call;
  const interception = intercept(req, res, { maxBytes: guard.maxAnswerBytes, graceMs: 0 });
  next();
  const captured = await interception.answered;
  if (captured === undefined) {
    interception.restore();
    return;
  }
  try {
    await judgeAnswer(call, interception, captured, judge);
  } catch (error) {
    discard(call, interception);
    throw error;
  }
}

async function judgeAnswer(
  call: Call,
  interception: Interception,
  captured: Captured,
  judge: (interception: Interception, captured: Captured) => Promise<void>,
): Promise<void> {
  const { status } = captured;
  const reason = undeclared(captured);
  if (reason !== undefined) {
    refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason }));
  } else if (status >= 200 && status < 300) {
    await judge(interception, captured);
  } else {
    const restricted = isCallRestricted(call, await call.guard.reader.state(call.space));
    const gone = status === 410 && isOfOne(call.route);
    const denial = denialOfStatus(gone ? 404 : status, restricted);
    if (denial !== undefined) refuseAnswer(call, interception, denial);
    else sendAnswer(call, interception, failureAnswer(call, captured, interception.headers, restricted));
  }
}

function sendItem(
  call: Call,
  interception: Interception,
  captured: Captured,
  item: Readonly<Record<string, unknown>>,
  verdict: Verdict,
  restricted: boolean,
): void {
  report(call, verdict.allowed ? 'pass' : 'withhold', verdict.rule);
  if (!restricted) {
    sendFresh(call, interception, captured);
    return;
  }
  const { content, validators } = call.guard;
  const shown = verdict.allowed ? item : withheldCopy(item, content, validators);
  const { etag } = captured.headers;
  const headers = allowedHeaders(call, captured.headers, interception.headers);
  sendFresh(call, interception, {
    ...captured,
    body: Buffer.from(JSON.stringify(shown)),
    headers: verdict.allowed && etag !== undefined ? { ...headers, etag } : without(headers, 'etag'),
  });
}

function sendFresh(call: Call, interception: Interception, answer: Captured): void {
  // The caller's own header is back on the request only after the restore; it was kept aside with the others.
  interception.restore();
  const fresh = isFresh(call.req.headers['if-none-match'], answer.headers.etag);
  sendAnswer(call, interception, fresh ? { ...answer, status: 304, body: Buffer.alloc(0) } : answer);
}

/** Sends the very answer of the router, unless the caller has it already. */
function passFresh(call: Call, interception: Interception, captured: Captured): void {
  interception.restore();
  const fresh = isFresh(call.req.headers['if-none-match'], captured.headers.etag);
  if (fresh) sendAnswer(call, interception, { ...captured, status: 304, body: Buffer.alloc(0) });
  else passAnswer(call, captured);
}

function viewed({ guard }: Call, { id, value }: Item, verdict: Verdict): Item {
  return { id, value: verdict.allowed ? value : withheldCopy(value, guard.content, guard.validators) };
}

function isHidden(verdict: Verdict): boolean {
  return !verdict.allowed && verdict.rule === 'hidden';
}

/** The JSON of an answer; undefined where it is none. */
export function parseJson({ body }: Pick<Captured, 'body'>): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function without<T>(headers: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}
