import { type Flair, isFlair } from '../../store/flair.js';
import type { PrincipalKind } from '../principal.js';
import { isJsonObject, type JsonObject } from '../token/text/json-object.js';

/** A caller's rights in one organization, as a remote Flairgate instance reports them. */
export interface IntrospectedOrganization {
  /** Sorted permissions. Families such as `dr.*` are expanded. */
  readonly permissions: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
}

/**
 * Response that a service receives when it asks about a valid credential. Times are in seconds since the Unix epoch.
 */
export interface ActiveIntrospection {
  readonly active: true;
  readonly iss: string;
  /** Audience of a token. Absent for a key. A service must refuse a token whose audience is not that service. */
  readonly aud?: string | readonly string[];
  /** Id of the identity that the credential belongs to. */
  readonly sub: string;
  readonly sid: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly ident: string;
  /** Public id of the API key: the key that was sent, or the key that was exchanged for the token. */
  readonly kid?: string;
  readonly uid?: string;
  /** Rights of the credential by organization id. Contains only organizations that the requesting service serves. */
  readonly organizations: Readonly<Record<string, IntrospectedOrganization>>;
  readonly inc: string;
  readonly rev: number;
  /** Expiry time. Absent for a key that never expires. */
  readonly exp?: number;
  /**
   * CIDR ranges from which the key may be used. Absent if any address is allowed. The service must check the address.
   */
  readonly ranges?: readonly string[];
  /** Identities of the services that act for the subject. The current actor is first. */
  readonly actors?: readonly string[];
}

/**
 * Response that a service receives when it asks about a credential. All invalid credentials get the same response.
 *
 * @see RFC 7662 §2.2
 */
export type Introspection = ActiveIntrospection | { readonly active: false };

const PRINCIPAL_KINDS: Readonly<Record<PrincipalKind, true>> = {
  'organization-key': true,
  'user-key': true,
  'api-user': true,
  user: true,
  'ingestion-key': true,
  federation: true,
  service: true,
  subject: true,
};

/**
 * Parses a response of the introspection endpoint. Returns undefined if a required member is missing or any member is
 * malformed.
 */
export function parseIntrospection(answer: JsonObject): Introspection | undefined {
  if (answer.active === false) return { active: false };
  const { active, iss, sub, sid, kind, name, ident, inc, rev } = answer;
  if (active !== true || !isKind(kind)) return undefined;
  if (!isText(iss) || !isText(sub) || !isText(sid) || !isText(name) || !isText(ident) || !isText(inc)) return undefined;
  if (typeof rev !== 'number' || !Number.isSafeInteger(rev) || rev < 0) return undefined;
  const organizations = parseOrganizations(answer.organizations);
  const more = parseOptional(answer);
  if (organizations === undefined || more === undefined) return undefined;
  return { active, iss, sub, sid, kind, name, ident, inc, rev, organizations, ...more };
}

type Optional = Pick<ActiveIntrospection, 'aud' | 'kid' | 'uid' | 'exp' | 'ranges' | 'actors'>;

const OPTIONAL: Readonly<Record<keyof Optional, (value: unknown) => boolean>> = {
  aud: (value) => isText(value) || isTexts(value),
  kid: isText,
  uid: isText,
  exp: Number.isFinite,
  ranges: isTexts,
  actors: isTexts,
};

/**
 * Parses the optional members. Returns undefined if any of them is malformed. A malformed member must not be ignored,
 * because it may be a restriction.
 */
function parseOptional(answer: JsonObject): Optional | undefined {
  const given = Object.entries(OPTIONAL).filter(([name]) => answer[name] !== undefined);
  if (!given.every(([name, isGood]) => isGood(answer[name]))) return undefined;
  return Object.fromEntries(given.map(([name]) => [name, answer[name]])) as Optional;
}

function parseOrganizations(value: unknown): ActiveIntrospection['organizations'] | undefined {
  if (!isJsonObject(value)) return undefined;
  const organizations: Record<string, IntrospectedOrganization> = Object.create(null);
  for (const [oid, entry] of Object.entries(value)) {
    if (!isJsonObject(entry)) return undefined;
    const { permissions, flairs, owner } = entry;
    if (!isTexts(permissions) || !isTexts(flairs) || typeof owner !== 'boolean') return undefined;
    // An unknown flair may be a restriction.
    if (!flairs.every(isFlair)) return undefined;
    organizations[oid] = { permissions, flairs, owner };
  }
  return organizations;
}

function isKind(value: unknown): value is PrincipalKind {
  return isText(value) && Object.hasOwn(PRINCIPAL_KINDS, value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
