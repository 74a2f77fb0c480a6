import { isJson, withheldCopy } from '@flairgate/core/internal';
import { allowedHeaders, denyAnswer, failureAnswer, findAnswerFault, parseJson } from './answer.js';
import { type Call, isCallRestricted, report } from './call.js';
import { type GuardAnswer, isSuccess } from './guard-answer.js';
import type { Captured } from './router/intercept.js';
import { idOf } from './settings.js';
import type { DecidedWrite } from './write-targets.js';

/** Returns the response to a write, limited to what the caller may see of the result. */
export async function toWriteAnswer(
  call: Call,
  captured: Captured,
  decided: Pick<DecidedWrite, 'ids' | 'full'>,
): Promise<GuardAnswer> {
  // An error is ignored, because the write is already done.
  const after = await call.guard.reader.state(call.space).catch(() => undefined);
  const restricted = after === undefined || isCallRestricted(call, after);
  const reason = findAnswerFault(captured);
  if (reason !== undefined) return denyAnswer(call, reason);
  if (!isSuccess(captured.status)) return failureAnswer(call, captured, restricted);
  const shown = shownBody(call, captured, decided, restricted);
  if (typeof shown === 'string') return denyAnswer(call, shown);
  report(call, decided.full ? 'pass' : 'withhold', 'write');
  if (!restricted) return { kind: 'pass', captured };
  const { status, headers } = captured;
  const { etag: _, ...allowed } = allowedHeaders(call, headers);
  const { etag } = headers;
  return {
    kind: 'replace',
    status,
    headers: decided.full && etag !== undefined ? { ...allowed, etag } : allowed,
    body: shown,
  };
}

/** Returns the body that the caller gets after a write, or a text with the reason why no body can be sent. */
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
