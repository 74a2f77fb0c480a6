import { textsIn } from '../session/claims.ts';
import { decodeBase64Url, readToken, type TokenParts } from '../session/read-token.ts';

/** Rights that a token grants in one organization. */
export interface TokenRights {
  readonly oid: string;
  readonly permissions: readonly string[];
  readonly flairs: readonly string[];
}

/** A decoded token in a form that can be shown to people. */
export interface DescribedToken extends TokenParts {
  /** Name of the caller. Undefined if the token does not contain a name. */
  readonly ident: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: readonly string[];
  /** Time of issue in Unix seconds. Undefined if the token does not contain it. */
  readonly issued: number | undefined;
  readonly expires: number | undefined;
  /**
   * Rights in each organization. Undefined for a token in the compact form, whose permissions can be read only with the
   * catalogue (the list of all permissions).
   */
  readonly rights: readonly TokenRights[] | undefined;
  /**
   * Organizations of a token in the compact form. Only the service reads the permissions in such a token. Empty for a
   * token in another form.
   */
  readonly compactOrganizations: readonly string[];
}

/**
 * Decodes a token and describes its contents. Returns undefined if the text is not a token. The signature is not
 * checked, and the token is not sent anywhere.
 */
export function describeToken(text: string): DescribedToken | undefined {
  const parts = readToken(text);
  if (parts === undefined) return undefined;
  const { claims } = parts;
  const { email, sub, iss, aud, iat, exp, cmp } = claims;
  return {
    ...parts,
    ident: textOf(email) ?? textOf(sub),
    issuer: textOf(iss),
    audience: textsIn(Array.isArray(aud) ? aud : [aud]),
    issued: typeof iat === 'number' ? iat : undefined,
    expires: typeof exp === 'number' ? exp : undefined,
    rights: cmp === undefined ? rightsOf(claims) : undefined,
    compactOrganizations: organizationsInCompact(cmp),
  };
}

/**
 * Reads the rights in a token that is not in the compact form. Such a token contains either a list of organizations
 * that share one list of permissions, or a map from each organization to its permissions.
 */
function rightsOf({ oid, perms, flairs }: TokenParts['claims']): readonly TokenRights[] {
  if (Array.isArray(oid)) {
    const [permissions, words] = [textsIn(perms), textsIn(flairs)];
    return textsIn(oid).map((one) => ({ oid: one, permissions, flairs: words }));
  }
  if (typeof oid !== 'object' || oid === null) return [];
  const flairsOf = new Map(Object.entries(Object(flairs)));
  return Object.entries(oid).map(([one, permissions]) => ({
    oid: one,
    permissions: textsIn(permissions),
    flairs: textsIn(flairsOf.get(one)),
  }));
}

const UUID_BYTES = 16;

/** Reads the organization ids in a token in the compact form, which stores each id as 16 bytes. */
function organizationsInCompact(compact: unknown): readonly string[] {
  const sets: unknown = Object(compact).sets;
  if (!Array.isArray(sets)) return [];
  return sets.flatMap((set: unknown) => {
    try {
      const bytes = decodeBase64Url(String(Object(set).oids));
      const count = Math.floor(bytes.length / UUID_BYTES);
      return Array.from({ length: count }, (_, at) => uuidOf(bytes.subarray(at * UUID_BYTES, (at + 1) * UUID_BYTES)));
    } catch {
      return [];
    }
  });
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
