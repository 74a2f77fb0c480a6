import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SessionRow } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** Lifetime of a session, in milliseconds. */
export const SESSION_MS = 8 * 60 * 60 * 1000;

/** Matches the value of a session cookie: 256 random bits in base64url. */
const SESSION_TEXT = /^[\w-]{43}$/;

/**
 * Returns the tag under which a session is stored. The prefix makes this tag differ from the tag of a key with the same
 * text.
 */
export function sessionTag({ material }: Pick<Store, 'material'>, text: string): string {
  return material.tag(`console-session:${text}`);
}

/** Finds a session by the value of its cookie. The caller of this function must check that the session is valid. */
export async function findSession(tx: ReadTransaction, store: Store, text: string): Promise<SessionRow | undefined> {
  if (!SESSION_TEXT.test(text)) return undefined;
  const [session] = await tx.find('session', { tag: sessionTag(store, text) }, { limit: 1 });
  return session;
}

/** Creates the refusal for a session that cannot be used. Callers do not learn the reason. */
export function denySession(reason: string): Denial {
  return deny('ERR_SESSION_ENDED', { reason: `session: ${reason}` });
}
