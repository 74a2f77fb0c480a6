import { limits } from '../../bounds.js';
import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { toDotted } from '../../permission/grammar.js';
import { identOf, principalKindOf } from '../../principal/build.js';
import { denyKey, type FoundKey, lookUpKey } from '../../principal/key/key-lookup.js';
import { createKeyVerifier } from '../../principal/key/key-verifier.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import type { TokenGrant } from '../../principal/token/own/token-mint.js';
import { isUuid } from '../../store/ids.js';
import type { Store } from '../../store/store.js';
import type { ImportHolder } from '../keys/import/imported-secrets.js';
import { claimImported } from './claim-imported.js';
import type { ExchangeContext } from './exchange-context.js';

/** A request to exchange an API key for a token. */
export interface ExchangeInput {
  readonly secret: string;
  /**
   * Organization of the token. For a user's key, `-` requests a token without organizations, and undefined requests a
   * token for all organizations of the user.
   */
  readonly oid?: string | undefined;
  readonly uid?: string | undefined;
  /** Expiry of the token, in seconds. A number less than 10⁹ is counted from now. Any other number is a Unix time. */
  readonly expiry?: number | undefined;
  /** Permissions to which the token is limited. With an empty list, the token has no permissions. */
  readonly permissions?: readonly string[] | undefined;
  /**
   * Audience of the token, such as a protected resource. The caller of this function must check that the audience is
   * known.
   *
   * @default the audience configured for the issuer
   */
  readonly audience?: string | undefined;
}

/** The organizations for which a token is requested. */
type Reach =
  | { readonly kind: 'organization'; readonly oid: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'none' };

/** A token that was issued in exchange for a key. */
export interface ExchangedToken {
  readonly jwt: string;
  /** Expiry time, in seconds since the Unix epoch. */
  readonly expiresAt: number;
}

/**
 * Exchanges a key for a token. The token has no more rights than the key and expires no later than the key.
 *
 * Reads the primary database, never a cache. Refuses with the same error, `ERR_KEY_INVALID`, in all of these cases: the
 * key is unknown, wrong, revoked or expired; the client address is not allowed; the key does not belong to the
 * organization or user in the request.
 *
 * @example
 * const outcome = await exchange(exchangeContext, { secret, oid, expiry: 3600 }, req.ip);
 * if (outcome.allowed) res.json(outcome.value); // { jwt }
 */
export async function exchange(
  context: ExchangeContext,
  given: ExchangeInput,
  address: string | undefined,
): Promise<Outcome<ExchangedToken>> {
  const input = given.permissions === undefined ? given : { ...given, permissions: given.permissions.map(toDotted) };
  const unknown = (input.permissions ?? []).filter((name) => !context.catalogue.has(name));
  if (unknown.length > 0) {
    return denyIssues(
      unknown.map((name) => ({ field: 'perms', message: `must be permissions of the catalogue; unknown: ${name}` })),
    );
  }
  const verified = await findVerified(context, input, address);
  if (!verified.allowed) return verified;
  const found = await acceptNamed(context, verified.value, input, address);
  if (!found.allowed) return found;
  const reach = reachOf(found.value, input);
  const minted =
    typeof reach === 'string' ? denyKey(reach) : context.mint(keyGrant(context, found.value, reach, input));
  return minted.allowed ? minted : refusedCaller(found.value, minted, input.oid);
}

/**
 * Accepts the invitation of the requested organization, if the user has one and the key has all rights of its user.
 * Reads the key again afterwards, because the rights of the key have changed.
 */
async function acceptNamed(
  { store, now, acceptExchanged }: ExchangeContext,
  found: FoundKey,
  { secret, uid, oid = '' }: ExchangeInput,
  address: string | undefined,
): Promise<Outcome<FoundKey>> {
  const { subject } = found;
  const isOwn = uid !== undefined && uid === subject.key.uid && isUuid(oid) && !subject.access.has(oid);
  if (!isOwn || !(await acceptExchanged?.({ subject, secret, oid, address }))) return allow(found);
  return store.read((tx) =>
    lookUpKey(tx, store.material.tag(secret), now(), ({ ranges }) => createRangeCheck(ranges)(address)),
  );
}

/** Adds the caller to the denial of a request with a valid key, so that the refusal can be recorded in the audit. */
function refusedCaller({ subject }: FoundKey, denial: Denial, organization?: string): Denial {
  const organizations = [...subject.access.keys()];
  const about = organization === undefined ? {} : { organization };
  return { ...denial, ...about, caller: { identity: subject.identity.id, ident: identOf(subject), organizations } };
}

/** Returns the organizations of the token, or the reason why the key cannot be exchanged for this token. */
function reachOf({ subject }: FoundKey, { oid, uid }: ExchangeInput): Reach | string {
  const { key } = subject;
  if (key.kind === 'organization') {
    if (uid !== undefined && uid !== '') return 'is not of a user';
    return oid !== undefined && oid === key.oid ? { kind: 'organization', oid } : 'is of another organization';
  }
  if (key.kind !== 'user' && key.kind !== 'api-user') return 'cannot be exchanged';
  if (uid !== key.uid) return 'is of another user';
  if (oid === undefined || oid === '') return { kind: 'all' };
  if (oid === '-') return { kind: 'none' };
  return subject.access.has(oid) ? { kind: 'organization', oid } : 'has nothing to do in this organization';
}

/**
 * Finds the key for a secret, checks that the key may be used from the client address, and compares the secret with the
 * hash.
 */
async function findVerified(
  context: ExchangeContext,
  { secret, uid, oid }: Pick<ExchangeInput, 'secret' | 'uid' | 'oid'>,
  address: string | undefined,
): Promise<Outcome<FoundKey>> {
  const keyVerifier = context.keyVerifier ?? createKeyVerifier(context);
  const sent = { text: secret, address };
  const holder = importHolder(uid, oid);
  const whenNotFound = async (denial: Denial) =>
    holder === undefined ? denial : claimImported(context, { secret, holder, address }, denial);
  const refused = secret.length > limits.secret ? denyKey('is longer than any') : keyVerifier.refuse(sent);
  return refused === undefined ? keyVerifier.verify(sent, whenNotFound) : whenNotFound(refused);
}

/**
 * Returns the user or the organization with whose imported keys an unknown secret is compared. Returns undefined if the
 * request names neither.
 */
function importHolder(uid = '', oid = ''): ImportHolder | undefined {
  if (uid !== '') return { kind: 'user', uid };
  return isUuid(oid) ? { kind: 'organization', oid } : undefined;
}

function keyGrant(context: ExchangeContext, found: FoundKey, reach: Reach, input: ExchangeInput): TokenGrant {
  const { subject, secret, revision } = found;
  const { key, identity } = subject;
  const kept = input.permissions === undefined ? undefined : new Set(input.permissions);
  const organizations = [...subject.access]
    .filter(([oid]) => reach.kind === 'all' || (reach.kind === 'organization' && reach.oid === oid))
    .map(([oid, access]) => ({
      oid,
      permissions: context.catalogue.expand(access.grants).filter((name) => kept === undefined || kept.has(name)),
      flairs: access.flairs,
    }));
  return {
    // True even if the requested list of permissions leaves nothing out today: the user may get more permissions later.
    narrowed: kept !== undefined,
    retiring: secret.endsAt !== null,
    subject: identity.id,
    secretId: identity.secretId,
    kind: principalKindOf(key.kind),
    keyId: key.keyId,
    ident: identOf(subject),
    uid: key.uid ?? undefined,
    shape: reach.kind === 'organization' ? 'organization' : 'user',
    organizations,
    incarnation: revision.incarnation,
    revision: revision.n,
    expiry: input.expiry,
    ...(input.audience === undefined ? {} : { audience: input.audience }),
    notAfter: Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity),
  };
}

/**
 * Returns the organizations in which a user's key is valid. If `withNames` is true, also returns their names.
 *
 * @example
 * const outcome = await userKeyInfo(exchangeContext, { uid, secret, withNames: true }, req.ip);
 * if (outcome.allowed) res.json(outcome.value); // { orgs, names }
 */
export async function userKeyInfo(
  context: ExchangeContext,
  input: { readonly uid: string; readonly secret: string; readonly withNames: boolean },
  address: string | undefined,
): Promise<Outcome<{ readonly orgs: readonly string[]; readonly names?: Readonly<Record<string, string>> }>> {
  const found = await findVerified(context, input, address);
  if (!found.allowed) return found;
  const { subject } = found.value;
  if (subject.user?.uid !== input.uid) return refusedCaller(found.value, denyKey('is of another user'));
  const orgs = [...subject.access.keys()].sort();
  return allow(input.withNames ? { orgs, names: await organizationNames(context.store, orgs) } : { orgs });
}

async function organizationNames(store: Store, orgs: readonly string[]): Promise<Readonly<Record<string, string>>> {
  return store.read(async (tx) => {
    const names: Record<string, string> = Object.create(null);
    for (const oid of orgs) names[oid] = (await tx.get('organization', { oid }))?.name ?? '';
    return names;
  });
}
