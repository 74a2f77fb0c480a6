import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { isSuspended } from '../../principal/key/suspended.js';
import { readSubject, type Subject } from '../../principal/read-subject.js';
import type { TokenGrant } from '../../principal/token/own/token-mint.js';
import { notInitialized } from '../../store/initialize.js';
import type { RevisionRow, SessionRow, UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { findPersonIdentity, sessionToKey } from '../command/acting-key.js';
import type { ExchangeContext } from '../exchange/exchange-context.js';
import { denySession, findSession } from './find-session.js';

/** Lifetime of a session's token, in seconds. */
const TOKEN_SECONDS = 300;

export interface SessionTokenInput {
  /** Value of the session cookie. */
  readonly text: string;
  /** Organization of the token. `-` requests a token without organizations. @default all organizations of the user */
  readonly oid?: string | undefined;
}

/** Token with which the console calls the API for a signed-in user. */
export interface SessionToken {
  readonly jwt: string;
  readonly uid: string;
  /** Expiry time of the token, in seconds since the Unix epoch. */
  readonly expiresAt: number;
}

interface FoundSession {
  readonly session: SessionRow;
  readonly user: UserRow;
  readonly subject: Subject;
  readonly revision: RevisionRow;
}

/**
 * Issues a bearer token for a session. The token has all rights of the session's user in the requested organizations.
 * The token expires after five minutes, or earlier if the session expires earlier. If the session is ended, the token
 * is revoked.
 *
 * Reads the primary database, never a cache. Refuses with `ERR_SESSION_ENDED` if the session is unknown, was ended or
 * has expired, or if the session's user is deactivated. Also refuses if all tokens of one of the user's organizations
 * were revoked after the session was opened.
 *
 * @example
 * const outcome = await issueSessionToken(exchangeContext, { text, oid });
 * if (outcome.allowed) res.json({ jwt: outcome.value.jwt });
 */
export async function issueSessionToken(
  context: ExchangeContext,
  { text, oid }: SessionTokenInput,
): Promise<Outcome<SessionToken>> {
  const found = await context.store.read((tx) => readSession(tx, context, text));
  if (!found.allowed) return found;
  const { session, subject } = found.value;
  if (oid !== undefined && oid !== '-' && !subject.access.has(oid)) {
    return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
  }
  const minted = context.mint(sessionGrant(context, found.value, oid));
  return minted.allowed ? allow({ ...minted.value, uid: session.uid }) : minted;
}

async function readSession(
  tx: ReadTransaction,
  { store, now }: ExchangeContext,
  text: string,
): Promise<Outcome<FoundSession>> {
  const session = await findSession(tx, store, text);
  if (session === undefined) return denySession('unknown');
  if (session.expiresAt <= now()) return denySession('expired');
  if (await isSuspended(tx)) return denySession('suspended, as every key, until a restore is confirmed');
  const identity = await findPersonIdentity(tx, session.uid);
  const user = await tx.get('user', { uid: session.uid });
  if (identity === undefined || user === undefined) return denySession('the user was deleted');
  const subject = await readSubject(tx, sessionToKey(session, identity.id));
  if (typeof subject === 'string') return denySession(`the user is ${subject}`);
  const revoked = await tx.findIn('tokenRevocation', 'oid', [...subject.access.keys()]);
  if (revoked.some(({ revision }) => revision > session.revision)) return denySession('all tokens were revoked');
  const revision = await tx.get('revision', { id: 1 });
  if (revision === undefined) throw notInitialized();
  return allow({ session, user, subject, revision });
}

function sessionGrant(
  { catalogue }: ExchangeContext,
  { session, user, subject: { identity, access }, revision }: FoundSession,
  oid: string | undefined,
): TokenGrant {
  const organizations = [...access]
    .filter(([id]) => oid === undefined || oid === id)
    .map(([id, { grants, flairs }]) => ({ oid: id, permissions: catalogue.expand(grants), flairs }));
  return {
    narrowed: false,
    subject: identity.id,
    secretId: identity.secretId,
    kind: 'user',
    keyId: session.sessionId,
    ident: user.email,
    uid: session.uid,
    shape: oid === undefined || oid === '-' ? 'user' : 'organization',
    organizations,
    incarnation: revision.incarnation,
    revision: revision.n,
    expiry: TOKEN_SECONDS,
    notAfter: session.expiresAt,
  };
}
