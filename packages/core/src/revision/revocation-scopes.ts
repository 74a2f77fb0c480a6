/** Scopes whose change revokes a cached principal or a token, and the revision it was read at. */
export interface RevocationScopes {
  readonly rev: number;
  readonly keyId: string | undefined;
  readonly uid: string | undefined;
  readonly organizations: readonly string[];
  /** Header `kid` of a token; undefined for a key. */
  readonly signingKey: string | undefined;
  /** Identities of the services a token went through; absent = none. */
  readonly actors?: readonly string[];
  /** Number up to which the scopes have been compared. Written by `Revision.alive` only. */
  checkedAt: number;
}

/**
 * Yields every scope whose change revokes the credential, as `kind:id`.
 *
 * A token names its memberships one by one, so joining another organization does not revoke it. A key is read from the
 * store, so any change of its user's memberships counts.
 */
export function* scopesOf(lineage: RevocationScopes): Generator<string> {
  const { keyId, uid, signingKey, actors = [] } = lineage;
  yield 'all:*';
  if (keyId !== undefined) yield `key:${keyId}`;
  if (signingKey !== undefined) yield `signing-key:${signingKey}`;
  if (uid !== undefined) yield `user:${uid}`;
  for (const actor of actors) yield `user:${actor}`;
  if (uid !== undefined && signingKey === undefined) yield `memberships:${uid}`;
  for (const oid of lineage.organizations) {
    yield `org:${oid}`;
    if (uid !== undefined && signingKey !== undefined) yield `membership:${uid}:${oid}`;
  }
}

/** Returns the scopes of a change row. A membership also counts as a change of its user's memberships. */
export function scopesOfChange(change: { readonly scope: string; readonly id: string }): readonly string[] {
  const scope = `${change.scope}:${change.id}`;
  return change.scope === 'membership' ? [scope, `memberships:${change.id.slice(0, change.id.indexOf(':'))}`] : [scope];
}
