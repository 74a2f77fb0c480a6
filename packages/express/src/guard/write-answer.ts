import { deny, isJson, withheldCopy } from '@flairgate/core';
import {
  allowedHeaders,
  denialOfStatus,
  failureAnswer,
  type GuardedAnswer,
  refuseAnswer,
  sendAnswer,
  undeclared,
} from './answer.js';
import { type Call, isCallRestricted, report } from './call.js';
import type { Captured, Interception } from './intercept.js';
import { parseJson } from './read-flow.js';
import { idOf } from './settings.js';
import type { DecidedWrite } from './write-targets.js';

/** Answers a write with the caller's own view of what was written. */
export async function answerWrite(
  call: Call,
  interception: Interception,
  captured: Captured,
  decided: Pick<DecidedWrite, 'ids' | 'full'>,
): Promise<void> {
  // What was done stands, whether or not the store can be asked now.
  const after = await call.guard.reader.state(call.space).catch(() => undefined);
  const restricted = after === undefined || isCallRestricted(call, after);
  const { status } = captured;
  const reason = undeclared(captured);
  if (reason !== undefined) {
    refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason }));
  } else if (status < 200 || status >= 300) {
    const denial = denialOfStatus(status, restricted);
    if (denial !== undefined) refuseAnswer(call, interception, denial);
    else sendAnswer(call, interception, failureAnswer(call, captured, interception.headers, restricted));
  } else {
    const shown = shownBody(call, captured, decided, restricted);
    if (typeof shown === 'string') refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: shown }));
    else sendSuccess(call, interception, captured, shown, decided.full, restricted);
  }
}

function sendSuccess(
  call: Call,
  interception: Interception,
  captured: Captured,
  body: Buffer,
  full: boolean,
  restricted: boolean,
): void {
  report(call, full ? 'pass' : 'withhold', 'write');
  const { headers, status } = captured;
  const { etag } = headers;
  const allowed = restricted ? allowedHeaders(call, headers, interception.headers) : headers;
  const answer: GuardedAnswer = { status, headers: allowed, body };
  if (!full) delete answer.headers.etag;
  else if (etag !== undefined) answer.headers.etag = etag;
  sendAnswer(call, interception, answer);
}

/** The bytes a caller gets of a write that was done; or why there are none. */
function shownBody(
  { guard }: Call,
  { body }: Captured,
  { ids, full }: Pick<DecidedWrite, 'ids' | 'full'>,
  restricted: boolean,
): Buffer | string {
  if (body.byteLength === 0) return body;
  const item = parseJson({ body });
  if (!isJson(item)) return 'the answer to the write is no item';
  const id = idOf(guard, item);
  if (id === undefined) return restricted ? Buffer.from('{}') : body;
  if (!ids.includes(id)) return 'the answer to the write is another item';
  if (!full) return Buffer.from(JSON.stringify(withheldCopy(item, guard.content, guard.validators)));
  return restricted ? Buffer.from(JSON.stringify(item)) : body;
}
