import { allow, type Outcome } from '../../answer/denial.js';
import { deny } from '../../answer/denial-table.js';
import { explained } from '../explain.js';
import type { Party } from '../ownership.js';
import { lockedRefusal, OF_READING, type RefusalOptions } from '../refusal.js';
import { explainGuarded, judge } from './judge.js';
import type { OwnershipStanding } from './standing.js';

/** What a request to a guarded router wants to do with one resource. */
export interface GuardedWrite {
  /** `replace` and `upsert` carry the whole resource, `update` the fields to change. */
  readonly kind: 'create' | 'upsert' | 'replace' | 'update' | 'delete' | 'rename' | 'copy-from';
  /** The caller said which version it means: `*`, or one of them. */
  readonly etag: 'none' | 'any' | 'one';
  /** `If-None-Match`: only if there is nothing yet. */
  readonly onlyAbsent: boolean;
  /** Whether the body says anything of content, and whether it leaves nothing of the old content in place. */
  readonly body: 'no-content' | 'part' | 'whole';
}

/** What the write is, now that it is known whether the resource exists. */
export type GuardedAdmission = 'create' | 'update' | 'delete' | 'read';

/** Decides whether a write goes on to the router. `exists` comes from the service, ownership from the standing. */
export function admitGuarded(
  party: Party,
  standing: OwnershipStanding,
  id: string,
  exists: boolean,
  write: GuardedWrite,
  options: RefusalOptions & { readonly token?: string } = {},
): Outcome<GuardedAdmission> {
  const outcome = judgeWrite(party, standing, id, exists, write, options);
  if (outcome.allowed || !exists) return outcome;
  const asked = write.kind === 'delete' || write.kind === 'rename' ? 'delete' : 'update';
  const action = OF_READING.has(outcome.code) ? 'read' : asked;
  const verdict = judge(party, standing, id, action, options.token);
  return explained(outcome, explainGuarded(party, standing, id, action, verdict, options.token), party);
}

function judgeWrite(
  party: Party,
  standing: OwnershipStanding,
  id: string,
  exists: boolean,
  write: GuardedWrite,
  options: RefusalOptions & { readonly token?: string },
): Outcome<GuardedAdmission> {
  if (write.kind === 'create') return exists ? deny('ERR_RESOURCE_EXISTS') : allow('create');
  if (!exists) return admitAbsent(write);
  const known = judge(party, standing, id, 'know', options.token);
  if (!known.allowed) return deny(write.kind === 'upsert' ? 'ERR_RESOURCE_EXISTS' : 'ERR_NOT_FOUND');
  if (write.onlyAbsent) return deny('ERR_ETAG_MISMATCH');
  return write.kind === 'copy-from'
    ? admitCopy(party, standing, id, options.token)
    : admitPresent(party, standing, id, write, options);
}

function admitAbsent({ kind, etag }: GuardedWrite): Outcome<GuardedAdmission> {
  if (kind !== 'upsert') return deny('ERR_NOT_FOUND');
  return etag === 'none' ? allow('create') : deny('ERR_ETAG_MISMATCH');
}

function admitCopy(
  party: Party,
  standing: OwnershipStanding,
  id: string,
  token: string | undefined,
): Outcome<GuardedAdmission> {
  return judge(party, standing, id, 'read', token).allowed ? allow('read') : deny('ERR_CONTENT_WITHHELD');
}

function admitPresent(
  party: Party,
  standing: OwnershipStanding,
  id: string,
  write: GuardedWrite,
  options: RefusalOptions & { readonly token?: string },
): Outcome<GuardedAdmission> {
  const verdict = judge(party, standing, id, 'update', options.token);
  if (!verdict.allowed) return lockedRefusal(verdict, options);
  const read = judge(party, standing, id, 'read', options.token);
  // A version of withheld content would be a guess at it.
  if (!read.allowed && write.etag === 'one') return deny('ERR_ETAG_MISMATCH');
  if (write.kind === 'delete' || write.kind === 'rename') return allow('delete');
  if (write.kind === 'upsert' && write.etag === 'none' && party.secret && read.rule !== 'holder') {
    return deny('ERR_NOT_SECRET_TO_YOU');
  }
  const partial = write.kind === 'update' ? write.body !== 'no-content' : write.body !== 'whole';
  if (!read.allowed && partial) return deny('ERR_CONTENT_WITHHELD');
  return allow('update');
}
