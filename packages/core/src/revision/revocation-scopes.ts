/**
 * The objects whose change revokes a cached principal or a token, and the revision number at which the principal or
 * token was read.
 */
export interface RevocationScopes {
  readonly rev: number;
  readonly keyId: string | undefined;
  readonly uid: string | undefined;
  readonly organizations: readonly string[];
  /** Value of the token's `kid` header. Undefined if the credential is an API key. */
  readonly signingKey: string | undefined;
  /** Identities of the services that the token passed through. Absent if there are none. */
  readonly actors?: readonly string[] | undefined;
  /** Number of the last change that the scopes were compared with. Written only by `Revision.alive`. */
  checkedAt: number;
}

/**
 * Yields every scope whose change revokes the credential, as `kind:id`.
 *
 * A token lists its memberships, so the token is not revoked if its user joins another organization. The memberships of
 * a key are read from the store, so any change to the memberships of the key's user revokes the key's cached principal.
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

/**
 * Returns the scopes of a change row. A change to one membership also has the scope `memberships:uid`, which means all
 * memberships of the user.
 */
export function scopesOfChange(change: { readonly scope: string; readonly id: string }): readonly string[] {
  const scope = `${change.scope}:${change.id}`;
  return change.scope === 'membership' ? [scope, `memberships:${change.id.slice(0, change.id.indexOf(':'))}`] : [scope];
}
