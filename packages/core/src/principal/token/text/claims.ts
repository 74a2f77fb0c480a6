import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { grantKind } from '../../../permission/grammar.js';
import { type Flair, isFlair } from '../../../store/flair.js';
import { isUuid } from '../../../store/ids.js';
import type { PrincipalKind } from '../../principal.js';
import { type CompactRights, parseCompact } from './compact.js';
import { isJsonObject, type JsonObject } from './json-object.js';
import { isIdentifier, type RegisteredClaims } from './registered-claims.js';
import type { Rights } from './rights.js';

/** Rights in a token: for one organization, for each organization of a user, or in the compact format. */
export type ClaimedRights =
  | { readonly kind: 'organization'; readonly oid: string; readonly rights: Rights }
  | { readonly kind: 'user'; readonly rights: ReadonlyMap<string, Rights> }
  | { readonly kind: 'compact'; readonly compact: CompactRights };

/** Claims of Flairgate's own tokens, in addition to the registered (standard) claims. */
export interface OwnClaims {
  readonly kind: PrincipalKind;
  readonly secretId: string;
  /** Public id of the key that was exchanged for the token (claim `kid`). */
  readonly keyId: string | undefined;
  readonly uid: string | undefined;
  /** Name that clients show (claim `email`). Never parsed. */
  readonly ident: string;
  readonly incarnation: string;
  readonly revision: number;
  /** True if the token's request listed permissions, even if that list removed no permission (claim `narrowed`). */
  readonly narrowed: boolean;
  /** True if the exchanged secret was being rotated out, which means replaced (claim `retiring`). Absent otherwise. */
  readonly retiring?: true;
  /**
   * Identities of the services that act for the subject (claim `act`). The current actor is first. @see RFC 8693 §4.1
   */
  readonly actors: readonly string[];
}

/**
 * All claims of a verified token. `own` is set if the issuer is accepted with `accepts: 'own'`. `rights` is set if the
 * issuer's tokens may grant rights and contain these rights in Flairgate's format. `rights` is not set if a configured
 * table or function reads the rights.
 */
export interface TokenClaims extends RegisteredClaims {
  /** Id of the key that signed the token (header `kid`). */
  readonly signingKey: string;
  readonly own: OwnClaims | undefined;
  readonly rights: ClaimedRights | undefined;
}

/**
 * Returns the kind of principal for a token without the claim `knd`: `user-key` if the token has a `uid`, and otherwise
 * `organization-key`.
 */
export function impliedKind(uid: string | undefined): PrincipalKind {
  return uid === undefined ? 'organization-key' : 'user-key';
}

/**
 * Maximum number of services in a chain (claim `act`): one service acts for the subject, a second service acts for the
 * first service, and so on.
 */
export const MAX_ACTORS = 4;

const TOKEN_KINDS: readonly PrincipalKind[] = [
  'organization-key',
  'user-key',
  'api-user',
  'user',
  'ingestion-key',
  'service',
  'federation',
  'subject',
];

/** Parses the claims in {@link OwnClaims}: `sid kid uid email inc rev knd narrowed retiring act`. */
export function parseOwnClaims(payload: JsonObject): Outcome<OwnClaims> {
  const { sid, kid, email, inc, rev, narrowed = false, retiring } = payload;
  const uid = payload.uid === '' ? undefined : payload.uid;
  if (!isIdentifier(sid)) return denyClaim('sid');
  if (!isIdentifier(email)) return denyClaim('email');
  if (!isIdentifier(inc)) return denyClaim('inc');
  if (kid !== undefined && !isIdentifier(kid)) return denyClaim('kid claim');
  if (uid !== undefined && !isIdentifier(uid)) return denyClaim('uid');
  if (typeof rev !== 'number' || !Number.isSafeInteger(rev) || rev < 0) return denyClaim('rev');
  if (typeof narrowed !== 'boolean') return denyClaim('narrowed');
  const kind = payload.knd === undefined ? impliedKind(uid) : TOKEN_KINDS.find((name) => name === payload.knd);
  const actors = parseActors(payload.act);
  if (kind === undefined) return denyClaim('knd');
  if (actors === undefined) return denyClaim('act');
  if (!isRetiringClaim(retiring)) return denyClaim('retiring');
  const claims = {
    kind,
    secretId: sid,
    keyId: kid,
    uid,
    ident: email,
    incarnation: inc,
    revision: rev,
    narrowed,
    actors,
  };
  return allow(withRetiring(claims, retiring));
}

function isRetiringClaim(value: unknown): value is true | undefined {
  return value === undefined || value === true;
}

function withRetiring(claims: OwnClaims, retiring: true | undefined): OwnClaims {
  return retiring === undefined ? claims : { ...claims, retiring };
}

function parseActors(act: unknown): readonly string[] | undefined {
  const actors: string[] = [];
  for (let inner = act; inner !== undefined; ) {
    if (!isJsonObject(inner) || !isIdentifier(inner.sub) || actors.length === MAX_ACTORS) return undefined;
    actors.push(inner.sub);
    inner = inner.act;
  }
  return actors;
}

/**
 * Parses the rights in a token. The rights have one of three formats.
 *
 * A token for one organization has the claims `oid: [oid]`, `perms` and `flairs`. A token for all organizations of a
 * user has `oid: {oid: permissions}` and `flairs: {oid: flairs}`. A compact token has only `cmp`. A token that mixes
 * these formats or has none of them is refused.
 */
export function parseClaimedRights(payload: JsonObject): Outcome<ClaimedRights> {
  const { oid, perms, flairs, cmp } = payload;
  if (cmp !== undefined) {
    if (oid !== undefined || perms !== undefined || flairs !== undefined) return denyClaim('cmp beside oid');
    const compact = parseCompact(cmp);
    return compact === undefined ? denyClaim('cmp') : allow({ kind: 'compact', compact });
  }
  if (Array.isArray(oid)) return parseOrganization(oid, perms, flairs);
  if (!isJsonObject(oid)) return denyClaim('oid');
  return perms === undefined ? parseUser(oid, flairs) : denyClaim('perms beside a map');
}

function parseOrganization(oids: readonly unknown[], perms: unknown, flairs: unknown): Outcome<ClaimedRights> {
  const [oid] = oids;
  if (oids.length !== 1 || typeof oid !== 'string' || !isUuid(oid)) return denyClaim('oid');
  const rights = parseRights(perms, flairs);
  return rights === undefined ? denyClaim('perms') : allow({ kind: 'organization', oid, rights });
}

function parseUser(oids: JsonObject, flairs: unknown): Outcome<ClaimedRights> {
  if (flairs !== undefined && !isJsonObject(flairs)) return denyClaim('flairs');
  const flairsOf = new Map(Object.entries(flairs ?? {}));
  const byOrganization = new Map<string, Rights>();
  for (const [oid, perms] of Object.entries(oids)) {
    const rights = isUuid(oid) ? parseRights(perms, flairsOf.get(oid)) : undefined;
    if (rights === undefined) return denyClaim('oid');
    byOrganization.set(oid, rights);
    flairsOf.delete(oid);
  }
  return flairsOf.size > 0 ? denyClaim('flairs') : allow({ kind: 'user', rights: byOrganization });
}

function parseRights(perms: unknown, flairs: unknown = []): Rights | undefined {
  if (!Array.isArray(perms) || !arePermissions(perms)) return undefined;
  if (!Array.isArray(flairs) || !flairs.every(isFlairClaim)) return undefined;
  if (flairs.length > 1 && new Set(flairs).size !== flairs.length) return undefined;
  return Object.freeze({ permissions: Object.freeze(perms), flairs: Object.freeze(flairs) });
}

/** True for a list of single permissions. Families (`dr.*`) and `*` are refused, because the issuer expands them. */
function arePermissions(values: readonly unknown[]): values is readonly string[] {
  for (const value of values) if (typeof value !== 'string' || grantKind(value) !== 'permission') return false;
  return true;
}

function isFlairClaim(value: unknown): value is Flair {
  return typeof value === 'string' && isFlair(value);
}

function denyClaim(claim: string) {
  return deny('ERR_TOKEN_INVALID', { reason: `claim: ${claim}` });
}
