import { allow, type Outcome } from '../../denial/denial.js';
import { audit } from '../audit/audit.js';
import { findPersonIdentity } from '../command/acting-key.js';
import { type AdministrationContext, command, urgently } from '../command/context.js';
import { findSession } from './find-session.js';
import { signedInState } from './open-session.js';

export interface EndSessionInput {
  /** Value of the session cookie. */
  readonly text: string;
  /** Client address, for the audit. */
  readonly address: string | undefined;
}

/**
 * Ends a session and revokes its tokens. Succeeds even if there is no such session, so that a user can log out twice.
 *
 * @example
 * await endSession(context, { text, address: req.ip });
 */
export async function endSession(
  context: AdministrationContext,
  { text, address }: EndSessionInput,
): Promise<Outcome<undefined>> {
  const { store } = context;
  // Reads the session first, so that a request with an unknown session does not take the lock of security writes.
  if ((await store.read((tx) => findSession(tx, store, text))) === undefined) return allow(undefined);
  return command(urgently(context), async (tx) => {
    const session = await findSession(tx, store, text);
    if (session === undefined) return allow(undefined);
    const { uid, sessionId } = session;
    await tx.remove('session', { uid, sessionId });
    tx.touch('key', sessionId);
    const user = await tx.get('user', { uid });
    const identity = (await findPersonIdentity(tx, uid))?.id;
    const actorState = signedInState({ identity, name: user?.email ?? uid, uid, address });
    await audit(tx, context, actorState, { oid: null, action: 'session.end', target: sessionId });
    return allow(undefined);
  });
}
