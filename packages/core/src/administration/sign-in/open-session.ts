import { allow, type Outcome } from '../../denial/denial.js';
import { isSuspended } from '../../principal/key/suspended.js';
import { mintKeyId } from '../../principal/key/text.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { randomId } from '../../store/ids.js';
import { audit } from '../audit/audit.js';
import { findPersonIdentity, personIdentity } from '../command/acting-key.js';
import { operatorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, command } from '../command/context.js';
import { insertIdentity } from '../keys/identities.js';
import { SESSION_MS, sessionTag } from './find-session.js';
import { denySignIn, linkSubject, type SignedInSubject } from './link-subject.js';

export interface OpenSessionInput extends SignedInSubject {
  /** Client address, for the audit. */
  readonly address: string | undefined;
}

/** A session that was opened. */
export interface OpenedSession {
  readonly uid: string;
  readonly sessionId: string;
  /** Value of the session cookie. Only its tag is stored. */
  readonly text: string;
  /** Expiry time of the session, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Maximum number of sessions of one user. A further session ends the oldest one. */
const MAX_SESSIONS = 10;

/** Maximum number of other users' sessions that are checked for expiry when a session is opened. */
const SWEPT_AT_ONCE = 20;

/**
 * Opens a console session for a person who has signed in at an identity provider.
 *
 * The person's user is found by issuer and subject. At the first sign-in, the subject is linked to the user who has the
 * person's verified e-mail address. Refuses with `ERR_SIGN_IN_REFUSED` if no user is found, or if the user is
 * deactivated, is an API user, or is linked to another subject.
 *
 * @example
 * const outcome = await openSession(context, { issuer, subject, email, isEmailVerified: true, address: req.ip });
 */
export async function openSession(
  context: AdministrationContext,
  input: OpenSessionInput,
): Promise<Outcome<OpenedSession>> {
  const { store, now, random } = context;
  const text = Buffer.from(random(32)).toString('base64url');
  return command(context, async (tx) => {
    if (await isSuspended(tx)) return denySignIn('every key is suspended');
    const linked = await linkSubject(tx, input, now());
    if (!linked.allowed) return linked;
    const { user, isNew } = linked.value;
    const { uid } = user;
    const identity =
      (await findPersonIdentity(tx, uid)) ?? (await insertIdentity(tx, context, personIdentity(uid), undefined));
    const session = {
      uid,
      sessionId: mintKeyId(random),
      tag: sessionTag(store, text),
      revision: tx.revision - 1,
      createdAt: now(),
      expiresAt: now() + SESSION_MS,
    };
    await makeRoom(tx, uid, now());
    await sweep(tx, randomId(random), now());
    await tx.insert('session', session);
    const actorState = signedInState({ identity: identity.id, name: user.email, uid, address: input.address });
    const details = { issuer: input.issuer };
    if (isNew) await audit(tx, context, actorState, { oid: null, action: 'user.link', target: uid, details });
    await audit(tx, context, actorState, { oid: null, action: 'session.open', target: session.sessionId, details });
    return allow({ uid, sessionId: session.sessionId, text, expiresAt: session.expiresAt });
  });
}

/**
 * Removes the user's expired sessions. If necessary, also removes the user's oldest valid sessions, so that the user
 * can have one more session within the limit ({@link MAX_SESSIONS}).
 */
async function makeRoom(tx: SecurityTransaction, uid: string, now: number): Promise<void> {
  const sessions = [...(await tx.find('session', { uid }))].sort((a, b) => b.createdAt - a.createdAt);
  const valid = sessions.filter(({ expiresAt }) => expiresAt > now);
  const kept = new Set(valid.slice(0, MAX_SESSIONS - 1));
  for (const session of sessions) {
    if (kept.has(session)) continue;
    await tx.remove('session', { uid, sessionId: session.sessionId });
    if (session.expiresAt > now) tx.touch('key', session.sessionId);
  }
}

/**
 * Removes expired sessions of any users. Checks up to {@link SWEPT_AT_ONCE} sessions, in the order of their uids,
 * starting after the uid `from`. The caller chooses `from` at random, so that over time the sessions of users who never
 * return are removed too.
 */
async function sweep(tx: SecurityTransaction, from: string, now: number): Promise<void> {
  for (const { uid, sessionId, expiresAt } of await tx.find(
    'session',
    {},
    { after: { uid: from }, limit: SWEPT_AT_ONCE },
  )) {
    if (expiresAt <= now) await tx.remove('session', { uid, sessionId });
  }
}

/** Returns an actor state for audit entries that name the user as the actor. The state contains no rights. */
export function signedInState(
  user: Required<Pick<ActorState, 'name'>> & Pick<ActorState, 'identity' | 'uid' | 'address'>,
): ActorState {
  return { ...operatorState(user.name), ...user, operator: false };
}
