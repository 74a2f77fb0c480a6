import { deny } from '@flairgate/core';
import { decideSeen, denySeen, isJson, mayHide, withheldCopy } from '@flairgate/core/internal';
import type { Verdict } from '@flairgate/core/resources';
import { allowedHeaders, etagOf, failureAnswer, parseJson, sendRefusedAnswer, undeclared } from './answer.js';
import { type Call, isCallRestricted, report } from './call.js';
import { GONE, type GuardAnswer, isSuccess, refuse } from './guard-answer.js';
import { type Item, type ListedItems, listItems } from './items.js';
import type { Captured } from './router/intercept.js';
import { runRouter } from './router/run-router.js';
import { idOf, isThere } from './settings.js';

/**
 * Lets the router read one resource, unless the caller may not know of it, before or after.
 *
 * The id of the path is judged first, and again when the router has answered: only then does anything depend on what
 * it answered. So no status, redirection, size or kind of answer tells a hidden resource from a missing one.
 */
export async function readOne(call: Call, id: string): Promise<GuardAnswer> {
  const hidden = mayHide(call.party, call.space) ? await judgeId(call, id) : undefined;
  if (hidden?.refused !== undefined) {
    nameRoute(call);
    return refuse(hidden.refused);
  }
  const captured = await runRouter(call, 0);
  if (captured === undefined) return GONE;
  const judged = await judgeId(call, id);
  if (judged.refused !== undefined) return refuse(judged.refused);
  const answer = await answerRead(call, id, captured, judged);
  return isServed(answer) || judged.owned || !mayHide(call.party, call.space) ? answer : asMissing(call, id, answer);
}

/** Names the route for the audit and for logs of the host: the router, which would, is not asked. */
function nameRoute({ req, route }: Call): void {
  req.route = { path: route.name.slice(route.method.length + 1) };
}

/** What is known of the id in the path. */
interface JudgedId {
  /** The refusal of what the caller may not know; undefined where it may. */
  readonly refused: ReturnType<typeof denySeen> | undefined;
  readonly verdict: Verdict;
  readonly owned: boolean;
  readonly restricted: boolean;
}

async function judgeId(call: Call, id: string): Promise<JudgedId> {
  const { guard, space, party, before } = call;
  const standing = await guard.reader.standing(space, [id]);
  const verdict = decideSeen(party, before, standing, id);
  const owned = standing.owned.has(id);
  const restricted = isCallRestricted(call, standing.state);
  if (!isHidden(verdict)) return { refused: undefined, verdict, owned, restricted };
  // What nobody owns may as well be missing.
  const refused = owned ? denySeen(party, standing, id, verdict) : deny('ERR_NOT_FOUND');
  return { refused, verdict, owned, restricted };
}

/**
 * FairQueue an answer without an item, under an id nobody owns, into that of a missing resource unless it is there.
 *
 * Where other organizations' ids are hidden, a router that answers missing ids in some way of its own would tell.
 */
async function asMissing({ guard, req }: Call, id: string, answer: GuardAnswer): Promise<GuardAnswer> {
  return guard.load !== undefined && (await isThere(guard, req, id)) ? answer : refuse(deny('ERR_NOT_FOUND'));
}

function isServed(answer: GuardAnswer): boolean {
  return answer.kind === 'replace' && isSuccess(answer.status);
}

async function answerRead(
  call: Call,
  id: string,
  captured: Captured,
  { verdict, restricted }: JudgedId,
): Promise<GuardAnswer> {
  const reason = undeclared(captured);
  if (reason !== undefined) return sendRefusedAnswer(call, reason);
  if (!isSuccess(captured.status)) return failureAnswer(call, captured, restricted);
  if (!restricted) {
    report(call, 'pass', verdict.rule);
    return { kind: 'pass', captured };
  }
  const item = captured.body.byteLength === 0 ? null : parseJson(captured);
  if (item === null) return refuse(deny('ERR_NOT_FOUND'));
  const found = isJson(item) ? idOf(call.guard, item) : undefined;
  if (!isJson(item) || found === undefined) return sendRefusedAnswer(call, 'the answer is no item with an id');
  if (found === id) return itemAnswer(call, captured, item, verdict);
  const { refused } = await judgeId(call, found);
  return refused === undefined ? sendRefusedAnswer(call, 'the item has another id than the path') : refuse(refused);
}

function itemAnswer(
  call: Call,
  { status, headers }: Captured,
  item: Readonly<Record<string, unknown>>,
  verdict: Verdict,
): GuardAnswer {
  report(call, verdict.allowed ? 'pass' : 'withhold', verdict.rule);
  const { content, validators } = call.guard;
  const shown = verdict.allowed ? item : withheldCopy(item, content, validators);
  const { etag: _, ...allowed } = allowedHeaders(call, headers);
  const { etag } = headers;
  return {
    kind: 'replace',
    status,
    headers: verdict.allowed && etag !== undefined ? { ...allowed, etag } : allowed,
    body: Buffer.from(JSON.stringify(shown)),
  };
}

/** Lets the router list, and takes out or blanks what the caller must not see. */
export async function listAll(call: Call): Promise<GuardAnswer> {
  const captured = await runRouter(call, 0);
  if (captured === undefined) return GONE;
  // Asked again: something secret may have begun or ended while the router was reading. A write under way counts as
  // secret.
  const restricted = isCallRestricted(call) || isCallRestricted(call, await call.guard.reader.state(call.space));
  const reason = undeclared(captured);
  if (reason !== undefined) return sendRefusedAnswer(call, reason);
  if (!isSuccess(captured.status)) return failureAnswer(call, captured, restricted);
  if (!restricted) {
    // Every item the router may have read since the request came is open to the caller: none is looked up.
    report(call, 'pass', 'nothing of this type is kept from the caller');
    return { kind: 'pass', captured };
  }
  const list = listItems(call, parseJson(captured));
  if (list === undefined) return sendRefusedAnswer(call, 'the answer is no list of items with ids');
  return checkList(call, captured, list);
}

async function checkList(call: Call, { status, headers }: Captured, list: ListedItems): Promise<GuardAnswer> {
  const standing = await call.guard.reader.standing(
    call.space,
    list.items.map(({ id }) => id),
  );
  const seen = list.items.map((item) => ({ item, verdict: decideSeen(call.party, call.before, standing, item.id) }));
  const hidden = seen.filter(({ verdict }) => isHidden(verdict)).length;
  if (hidden > 0 && call.route.paged) return sendRefusedAnswer(call, 'a page with something hidden in it');
  const kept = seen.filter(({ verdict }) => !isHidden(verdict)).map(({ item, verdict }) => viewed(call, item, verdict));
  const withheld = seen.some(({ verdict }) => !verdict.allowed && !isHidden(verdict));
  report(call, hidden > 0 ? 'hide' : withheld ? 'withhold' : 'pass', `${seen.length} items, ${hidden} hidden`);
  const body = Buffer.from(JSON.stringify(list.rebuild(kept)));
  return { kind: 'replace', status, headers: { ...allowedHeaders(call, headers), etag: etagOf(body) }, body };
}

function viewed({ guard }: Call, { id, value }: Item, verdict: Verdict): Item {
  return { id, value: verdict.allowed ? value : withheldCopy(value, guard.content, guard.validators) };
}

function isHidden(verdict: Verdict): boolean {
  return !verdict.allowed && verdict.rule === 'hidden';
}
