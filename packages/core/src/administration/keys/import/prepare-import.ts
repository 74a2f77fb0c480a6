import { limits } from '../../../bounds.js';
import { allow, type Outcome } from '../../../denial/denial.js';
import { denyIssues, type Issue } from '../../../denial/issue.js';
import { plainTextIssue } from '../../../denial/plain-text.js';
import { parseGrants } from '../../../permission/grants.js';
import { checkChosenSecret } from '../../../principal/key/hash/custom-secret.js';
import { DEFAULT_HASH_SETTING, hashSecret } from '../../../principal/key/hash/hash.js';
import { loadHashLibraries } from '../../../principal/key/hash/hash-libraries.js';
import { parseImportedHash } from '../../../principal/key/hash/imported-hash.js';
import { parseHash } from '../../../principal/key/hash/stored-hash.js';
import { parseKeyName } from '../../../principal/key/key-name.js';
import { parseRanges } from '../../../principal/key/ranges.js';
import type { KeyRow } from '../../../store/rows.js';
import type { AdministrationContext } from '../../command/context.js';
import { DIGEST_HASH, digestPlace, parseDigest } from './digests.js';

/** A key to import. Exactly one of `uid` and `oid`, and exactly one of `text` and `hash`, must be given. */
export interface ImportKeyInput {
  /** The user who owns the key. */
  readonly uid?: string | undefined;
  /** The organization that owns the key. */
  readonly oid?: string | undefined;
  readonly name: string;
  /** Text of the key. */
  readonly text?: string | undefined;
  /**
   * Hash of the key's text: `pbkdf2_sha256` of passlib or Django, bcrypt, argon2, or an unsalted SHA-256 or
   * HMAC-SHA-256 digest in hexadecimal, base64 or base64url.
   */
  readonly hash?: string | undefined;
  /**
   * HMAC key of 16 to 1024 bytes, with which `hash` was computed as an HMAC-SHA-256 digest. Undefined if `hash` was
   * computed in another way.
   */
  readonly hmacKey?: Uint8Array | undefined;
  /** Permissions granted to an organization key. Must be empty for a user's key. */
  readonly permissions?: readonly string[] | undefined;
  readonly ranges?: readonly string[] | undefined;
  readonly description?: string | undefined;
  /** Expiry time, in milliseconds since the Unix epoch. */
  readonly expiresAt?: number | undefined;
  /**
   * True to run all checks without importing the key.
   *
   * @default false
   */
  readonly dryRun?: boolean | undefined;
}

/** Secret of an imported key in the form in which it is stored. */
export type PreparedSecret =
  | { readonly kind: 'text'; readonly tag: string; readonly hash: string }
  | { readonly kind: 'digest'; readonly tag: string; readonly hash: string; readonly hmacKey: Buffer | undefined }
  | { readonly kind: 'hash'; readonly hash: string };

/** A key to import. Before the transaction starts, the key is checked and converted to the values to store. */
export interface PreparedImport {
  readonly row: Pick<KeyRow, 'name' | 'flairs' | 'permissions' | 'ranges' | 'description' | 'expiresAt'>;
  readonly secret: PreparedSecret;
}

/** Checks a key to import, and computes the values to store. No denial contains a part of the key or its hash. */
export async function prepareImport(
  context: AdministrationContext,
  input: ImportKeyInput,
): Promise<Outcome<PreparedImport>> {
  const name = parseKeyName(input.name, context.unknownFlairs);
  if (!name.allowed) return name;
  const grants = parseGrants(input.permissions ?? [], context.catalogue);
  if (!grants.allowed) return grants;
  const ranges = parseRanges(input.ranges ?? []);
  if (!ranges.allowed) return ranges;
  const issues = issuesOf(input, context.now());
  if (issues.length > 0) return denyIssues(issues);
  const secret = await prepareSecret(context, input);
  if (!secret.allowed) return secret;
  const { description = null, expiresAt = null } = input;
  const row = { ...name.value, permissions: grants.value, ranges: ranges.value, description, expiresAt };
  return allow({ row, secret: secret.value });
}

function issuesOf(input: ImportKeyInput, now: number): readonly Issue[] {
  const { uid, oid, text, hash, hmacKey, expiresAt, permissions = [] } = input;
  const described = plainTextIssue('description', input.description ?? '', limits.description);
  const found: (Issue | false)[] = [
    (uid === undefined) === (oid === undefined) && {
      field: 'owner',
      message: 'must be exactly one organization or user',
    },
    (text === undefined) === (hash === undefined) && {
      field: 'hash',
      message: 'must be sent, or a text, and not both',
    },
    uid !== undefined &&
      permissions.length > 0 && {
        field: 'permissions',
        message: 'must be empty unless the key is an organization key',
      },
    expiresAt !== undefined &&
      !(Number.isSafeInteger(expiresAt) && expiresAt > now) && { field: 'expires', message: 'must be in the future' },
    hmacKey !== undefined && hash === undefined && { field: 'hmacKey', message: 'must be sent with a hash' },
    hmacKey !== undefined &&
      (hmacKey.length < 16 || hmacKey.length > 1024) && { field: 'hmacKey', message: 'must have 16 to 1024 bytes' },
    described ?? false,
  ];
  return found.filter((issue) => issue !== false);
}

async function prepareSecret(
  context: AdministrationContext,
  { text, hash = '', hmacKey }: ImportKeyInput,
): Promise<Outcome<PreparedSecret>> {
  if (text !== undefined) return prepareText(context, text);
  const digest = parseDigest(hash);
  if (digest !== undefined) {
    const key = hmacKey === undefined ? undefined : Buffer.from(hmacKey);
    return allow({ kind: 'digest', tag: digestPlace(context.store, digest, key), hash: DIGEST_HASH, hmacKey: key });
  }
  if (hmacKey !== undefined) return denyIssues([{ field: 'hash', message: 'must be a digest of HMAC-SHA-256' }]);
  const parsed = parseImportedHash(hash);
  if (parsed === undefined) return denyIssues([{ field: 'hash', message: UNKNOWN_HASH }]);
  if (parsed.library !== undefined) await loadHashLibraries([parsed.library]);
  return allow({ kind: 'hash', hash: parsed.stored });
}

const UNKNOWN_HASH =
  'must be a pbkdf2_sha256 hash of passlib or Django, a bcrypt or argon2 hash of usual cost, or a SHA-256 digest';

/**
 * Hashes the text of a key. Always uses a slow hash (PBKDF2), because the text of an imported key may be easier to
 * guess than the text of a key that Flairgate generates.
 */
async function prepareText(context: AdministrationContext, text: string): Promise<Outcome<PreparedSecret>> {
  const checked = checkChosenSecret(text, 'text');
  if (!checked.allowed) return checked;
  const hash = await context.hashSecret(text);
  const isSlow = parseHash(hash)?.scheme === 'pbkdf2-sha256';
  const slow = isSlow ? hash : await hashSecret(text, DEFAULT_HASH_SETTING, context.random);
  return allow({ kind: 'text', tag: context.store.material.tag(text), hash: slow });
}
