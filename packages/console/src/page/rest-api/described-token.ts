import { textsIn } from '../session/claims.ts';
import { decodeBase64Url, readToken, type TokenParts } from '../session/read-token.ts';

/** Rights that a token grants in one organization. */
export interface TokenRights {
  readonly oid: string;
  readonly permissions: readonly string[];
  readonly flairs: readonly string[];
}

/** A decoded token, described for people. */
export interface DescribedToken extends TokenParts {
  /** Name of the caller. Undefined if the token has none. */
  readonly ident: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: readonly string[];
  /** Unix seconds. Undefined if the token has none. */
  readonly issued: number | undefined;
  readonly expires: number | undefined;
  /** Rights by organization. Undefined if the permissions are in a form that needs the catalogue. */
  readonly rights: readonly TokenRights[] | undefined;
  /** Organizations of a token in the compact form, whose permissions only the service reads. */
  readonly compactOrganizations: readonly string[];
}

/** Describes a token. Returns undefined if the text is no token. Checks no signature, and sends nothing. */
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

/** Reads the rights of a token in either plain form: a list of organizations with `perms`, or a map of permissions. */
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

/** Reads the organization ids of a compact token, which stores each id as 16 bytes. */
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
