import { randomBytes } from 'node:crypto';
import type { Outcome } from '../denial/denial.js';
import { DeniedError, OptionError } from '../denial/errors.js';
import { isPlainText } from '../denial/plain-text.js';
import { assertKnownOptions } from '../options/assert-known-options.js';
import type { Catalogue } from '../permission/catalogue.js';
import { defaultCatalogue } from '../permission/catalogues/built-in.js';
import { checkHashSetting, DEFAULT_HASH_SETTING, type HashSetting } from '../principal/key/hash/hash.js';
import { createHasher } from '../principal/key/hash/hasher.js';
import type { KeyFormat } from '../principal/key/text.js';
import type { Principal } from '../principal/principal.js';
import { syncLocalRevisions } from '../revision/local-revisions.js';
import type { OrganizationRow } from '../store/rows.js';
import type { Store } from '../store/store.js';
import { withUnavailable } from '../store/with-unavailable.js';
import type { Actor } from './command/actor.js';
import { type CallerLimits, parseCallerLimits } from './command/caller-limits.js';
import type { AdministrationContext } from './command/context.js';
import { readOrClaimCatalogue } from './command/settings.js';
import { type CreatedKey, createKey } from './keys/create-key.js';
import { describeKey, type KeyDescription } from './keys/describe-key.js';
import { listKeys } from './keys/list-keys.js';
import { revokeKey } from './keys/revoke-key.js';
import { rotateKey } from './keys/rotation/rotate-key.js';
import type { RotatedKey } from './keys/secrets.js';
import { updateKey } from './keys/update-key.js';
import { createOrganization } from './organizations/create-organization.js';
import { listOrganizations } from './organizations/read-organization.js';

/** Options of {@link openAdministration}. */
export interface AdministrationOptions {
  /**
   * Permission catalogue. @default the catalogue stored in the database or, if none is stored, the permissions of
   * LimaCharlie and Lime
   */
  readonly catalogue?: Catalogue;
  /** Text format of new keys. @default 'fg' */
  readonly keyFormat?: KeyFormat;
  /** Hash function for new keys. @default PBKDF2 with 30,000 rounds */
  readonly keyHash?: HashSetting;
  /** Limits on what one caller can create or own. @default DEFAULT_CALLER_LIMITS */
  readonly limits?: Partial<CallerLimits>;
}

const ADMINISTRATION_OPTIONS = [
  'catalogue',
  'keyFormat',
  'keyHash',
  'limits',
] as const satisfies readonly (keyof AdministrationOptions)[];

/** Details of the caller's request, recorded in the audit. */
export interface ActingRequest {
  /** IP address of the caller. */
  readonly address?: string;
  /** Reason that the caller gave. */
  readonly reason?: string;
}

/** A key to create for an organization. */
export interface NewKey {
  /** Id of the organization. */
  readonly organization: string;
  /** Name with flairs, such as `vendor[segment]`. */
  readonly name: string;
  /** Permissions, and permission families such as `dr.*`. @default none */
  readonly permissions?: readonly string[];
  /** CIDR ranges from which the key may be used. @default any address */
  readonly ranges?: readonly string[];
  readonly description?: string;
  /** Expiry. @default never */
  readonly expiresAt?: Date;
}

/** Identifies an organization's key by its public id. */
export interface OrganizationKey {
  readonly organization: string;
  readonly keyId: string;
}

/** Changes to a key. Omitted fields keep their values. */
export interface ChangedKey {
  /** New description; null removes it. */
  readonly description?: string | null;
  /** New permissions and permission families: a subset of the key's current permissions. */
  readonly permissions?: readonly string[];
  /** CIDR ranges from which the key may be used; an empty list means any address. */
  readonly ranges?: readonly string[];
  /** Expiry; null means never. */
  readonly expiresAt?: Date | null;
  /**
   * `etag` that an earlier command returned with the key. The change is refused if the key has changed since then.
   *
   * @default any version
   */
  readonly etag?: string;
}

/** A key in a list. */
export interface KeyInList extends KeyDescription {
  readonly keyId: string;
}

/** Commands for an organization's keys. A command that is refused rejects with `DeniedError`. */
export interface KeyCommands {
  /** Creates a key and returns its text. The text is not stored, so it cannot be read again. */
  create(key: NewKey): Promise<CreatedKey>;
  /** Lists the keys that the actor can see. The list contains no secrets. */
  list(of: Pick<OrganizationKey, 'organization'>): Promise<readonly KeyInList[]>;
  /** Creates a new secret for a key. The old secret expires after `overlapSeconds`, by default an hour. */
  rotate(key: OrganizationKey & { readonly overlapSeconds?: number }): Promise<RotatedKey>;
  /** Changes the description, permissions, address ranges or expiry of a key. Permissions can only be narrowed. */
  update(key: OrganizationKey & ChangedKey): Promise<KeyInList>;
  /** Revokes a key permanently. */
  revoke(key: OrganizationKey): Promise<void>;
}

/**
 * Commands of the operator. The operator is exempt from the escalation check, by which other actors can grant only
 * rights that they hold.
 */
export interface OperatorCommands extends KeyCommands {
  /** Creates an organization. If no user has the address `ownerEmail`, creates a user with that address. */
  createOrganization(organization: {
    readonly name: string;
    readonly ownerEmail?: string;
  }): Promise<{ readonly oid: string }>;
  /** Lists all organizations. */
  listOrganizations(): Promise<readonly OrganizationRow[]>;
}

/** Management of keys from a program. Every command runs as a caller or as the operator; there is no default actor. */
export interface Administration {
  /**
   * Returns commands that run as a caller, with the same checks as over HTTP: the caller can grant only rights that it
   * holds. The audit names the caller.
   */
  as(principal: Principal, request?: ActingRequest): KeyCommands;
  /**
   * Returns commands that run as the operator. The audit records `name`. These commands are exempt from the escalation
   * check, so use them only if there is no caller to act for, for example to create the first key of a new database.
   *
   * @throws OptionError if the name is empty, longer than 128 characters, or contains invisible characters
   */
  asOperator(name: string): OperatorCommands;
}

/**
 * Opens key management on a store, for programs that create keys without HTTP.
 *
 * Each change takes effect before the command returns, in all gates of the same process that use the same store.
 *
 * @throws OptionError if an option is unknown or has an invalid value
 * @example
 * const keys = openAdministration(store);
 * const organization = oid;
 * app.post('/keys', gate.requirePermissions('apikey.ctrl'), async (req, res) => {
 *   const key = { organization, name: 'CI', permissions: ['invoice.list'] };
 *   const { text } = await keys.as(gate.authOf(req)).create(key);
 *   res.json({ key: text });
 * });
 */
export function openAdministration(store: Store, options: AdministrationOptions = {}): Administration {
  if (typeof store?.read !== 'function') throw new OptionError('store: must be an opened store');
  assertKnownOptions('openAdministration', options, ADMINISTRATION_OPTIONS);
  const open = createContext(withUnavailable(store), options);
  return Object.freeze({
    as: (principal: Principal, { address, reason }: ActingRequest = {}) =>
      keyCommands(open, { kind: 'principal', principal, address, ...(reason === undefined ? {} : { reason }) }),
    asOperator: (name: string) => operatorCommands(open, { kind: 'operator', name: operatorName(name) }),
  });
}

type OpenContext = () => Promise<AdministrationContext>;

/**
 * Returns a function that creates the context for a command. The function reads the stored catalogue each time it is
 * called.
 */
function createContext(store: Store, options: AdministrationOptions): OpenContext {
  const { keyFormat = 'fg', keyHash = DEFAULT_HASH_SETTING, catalogue } = options;
  if (keyFormat !== 'fg' && keyFormat !== 'uuid') throw new OptionError('keyFormat: must be fg or uuid');
  checkHashSetting(keyHash);
  const limits = parseCallerLimits(options.limits);
  const hasher = createHasher();
  return async () => ({
    store,
    catalogue: await readOrClaimCatalogue(store, catalogue, defaultCatalogue),
    now: Date.now,
    random: randomBytes,
    keyFormat,
    hashSecret: (text) => hasher.hash(text, keyHash),
    readableIngestionKeys: false,
    limits,
    committed: () => syncLocalRevisions(store),
  });
}

const MAX_NAME = 128;

function operatorName(name: string): string {
  if (typeof name === 'string' && name.trim() !== '' && name.length <= MAX_NAME && isPlainText(name)) return name;
  throw new OptionError(
    `asOperator: must be a name for the audit of 1 to ${MAX_NAME} characters, such as 'seed script'`,
  );
}

function keyCommands(open: OpenContext, actor: Actor): KeyCommands {
  return Object.freeze({
    create: async ({ organization: oid, expiresAt, ...key }: NewKey) => {
      const expiry = expiresAt === undefined ? {} : { expiresAt: expiresAt.getTime() };
      return unwrap(await createKey(await open(), actor, { ...key, ...expiry, owner: { kind: 'organization', oid } }));
    },
    list: async ({ organization: oid }: Pick<OrganizationKey, 'organization'>) => {
      const context = await open();
      const { entries } = unwrap(await listKeys(context, actor, { oid }));
      return entries.map((entry) => ({ keyId: entry.key.keyId, ...describeKey(entry, context.catalogue) }));
    },
    rotate: async ({ organization: oid, ...key }: OrganizationKey & { readonly overlapSeconds?: number }) =>
      unwrap(await rotateKey(await open(), actor, { oid, ...key })),
    update: async ({ organization: oid, keyId, expiresAt, etag = '*', ...change }: OrganizationKey & ChangedKey) => {
      const context = await open();
      const expiry = expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : expiresAt.getTime() };
      const updated = await updateKey(context, actor, { oid, keyId, version: etag, ...change, ...expiry });
      return { keyId, ...describeKey(unwrap(updated), context.catalogue) };
    },
    revoke: async ({ organization: oid, keyId }: OrganizationKey) => {
      unwrap(await revokeKey(await open(), actor, { oid, keyId }));
    },
  });
}

function operatorCommands(open: OpenContext, actor: Actor): OperatorCommands {
  return Object.freeze({
    ...keyCommands(open, actor),
    createOrganization: async (input: { readonly name: string; readonly ownerEmail?: string }) => {
      const { oid } = unwrap(await createOrganization(await open(), actor, input));
      return { oid };
    },
    listOrganizations: async () => unwrap(await listOrganizations(await open(), actor)).entries,
  });
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.allowed) throw new DeniedError(outcome);
  return outcome.value;
}
