import { collectPages, eachPage, mergeByName, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type {
  KeyEntries,
  KeyNameAnswer,
  NewIngestionKeyAnswer,
  NewKeyAnswer,
  RotatedKeyAnswer,
  SuccessAnswer,
  UpdatedKeyAnswer,
} from './wire.js';

/** A key to create in an organization. */
export interface NewOrganizationKey {
  /** Name, which may contain flairs: `vendor[segment]`. */
  readonly name: string;
  /** Permissions and permission families, such as `dr.*`. @default none */
  readonly permissions?: readonly string[];
  /** CIDR ranges from which the key may be used. @default any address */
  readonly ranges?: readonly string[];
  /** Expiry in Unix seconds. @default never */
  readonly expires?: number;
  readonly description?: string;
}

/** Selection and order of one page of keys. */
export interface KeyPageQuery {
  /** Maximum number of keys, 1 to 1000. @default 1000 */
  readonly limit?: number;
  /** The `next_cursor` of the previous page. That page must have been read in the same order. */
  readonly cursor?: string;
  readonly sortBy: 'created' | 'expires' | 'name';
  readonly descending?: boolean;
}

/** One page of keys by public id, in the requested order. */
export interface KeyPage extends Page {
  readonly api_keys: KeyEntries;
}

/** Options of a list of keys. */
export interface KeyListQuery extends CallOptions {
  /** Number of days, 1 to 3650. Lists only keys that were not used for this many days. @default all keys */
  readonly unusedDays?: number | undefined;
}

/** Changes to a key. A value does not change if its member is omitted. */
export interface KeyChange {
  /** New description; null removes it. */
  readonly description?: string | null;
  /** Permissions and permission families that the key keeps. Must be a subset of the current permissions of the key. */
  readonly permissions?: readonly string[];
  /** CIDR ranges from which the key may be used. An empty list means any address. */
  readonly ranges?: readonly string[];
  /** Expiry in Unix seconds. Null means never. */
  readonly expires?: number | null;
}

/**
 * Creates the calls to manage an organization's keys. All calls need `apikey.ctrl`, with one exception: a key may
 * rotate itself.
 */
export function organizationKeys(send: Send) {
  return Object.freeze({
    /**
     * Lists keys by public id. With `unusedDays`, lists only keys that were not used for this many days. If the caller
     * is a key with the flair `segment`, lists only keys that the caller created.
     */
    async list(oid: string, { unusedDays, ...options }: KeyListQuery = {}): Promise<KeyEntries> {
      const query = { unused_days: unusedDays };
      const request = { method: 'GET', path: path`/v1/orgs/${oid}/keys`, query } as const;
      const pages = await collectPages(eachPage<{ readonly api_keys: KeyEntries }>(send, request, options));
      return mergeByName(pages.map((page) => page.api_keys));
    },
    /**
     * Reads one page of keys in the order of `sortBy`. If the caller is a key with the flair `segment`, the page
     * contains only keys that the caller created.
     */
    listPage: (oid: string, { sortBy, descending = false, ...page }: KeyPageQuery, options?: CallOptions) =>
      send<KeyPage>(
        {
          method: 'GET',
          path: path`/v1/orgs/${oid}/keys`,
          query: { ...page, sort_by: sortBy, sort_order: descending ? 'desc' : 'asc' },
        },
        options,
      ),
    /**
     * Lists revoked keys by public id. If the caller is a key with the flair `segment`, lists only keys that the caller
     * created.
     */
    async listRevoked(oid: string, options?: CallOptions): Promise<KeyEntries> {
      const request = { method: 'GET', path: path`/v1/orgs/${oid}/keys`, query: { revoked: 'true' } } as const;
      const pages = await collectPages(eachPage<{ readonly api_keys: KeyEntries }>(send, request, options));
      return mergeByName(pages.map((page) => page.api_keys));
    },
    /**
     * Returns whether a key already has the name. Also returns whether a new key with the name would take over the
     * identity of a revoked or expired key.
     */
    readName: (oid: string, name: string, options?: CallOptions) =>
      send<KeyNameAnswer>({ method: 'GET', path: path`/v1/orgs/${oid}/key_names`, query: { key_name: name } }, options),
    /** Creates a key. The secret is returned only in this response. */
    create: (oid: string, key: NewOrganizationKey, options?: CallOptions) =>
      send<NewKeyAnswer>(
        { method: 'POST', path: path`/v1/orgs/${oid}/keys`, fields: keyFields(key), create: true },
        options,
      ),
    /** Creates a new secret for a key. The old secret expires after `overlapSeconds`, by default 3600. */
    rotate(
      oid: string,
      keyHash: string,
      { overlapSeconds }: { readonly overlapSeconds?: number } = {},
      options?: CallOptions,
    ) {
      const fields = overlapSeconds === undefined ? {} : { overlap: overlapSeconds };
      return send<RotatedKeyAnswer>(
        { method: 'POST', path: path`/v1/orgs/${oid}/keys/${keyHash}/rotate`, fields, create: true },
        options,
      );
    },
    /**
     * Changes a key if it still has the version `etag`, which `list` returns. Permissions can only be removed. If
     * anything except the description changes, the key's tokens are revoked.
     */
    update: (oid: string, keyHash: string, change: KeyChange, options: CallOptions & { readonly etag: string }) =>
      send<UpdatedKeyAnswer>(
        { method: 'PATCH', path: path`/v1/orgs/${oid}/keys/${keyHash}`, fields: changeFields(change) },
        options,
      ),
    /** Disables a key until it is enabled again. In this time, the key and every token obtained with it are refused. */
    disable: (oid: string, keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: path`/v1/orgs/${oid}/keys/${keyHash}/disable` }, options),
    /** Enables a disabled key. A caller cannot enable a key that has more rights than the caller. */
    enable: (oid: string, keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: path`/v1/orgs/${oid}/keys/${keyHash}/enable` }, options),
    /** Revokes a key and every token obtained with it. */
    revoke: (oid: string, keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>(
        { method: 'DELETE', path: path`/v1/orgs/${oid}/keys`, fields: { key_hash: keyHash } },
        options,
      ),
  });
}

function keyFields({ name, permissions = [], ranges = [], expires, description }: NewOrganizationKey) {
  return {
    key_name: name,
    perms: permissions,
    ...(ranges.length === 0 ? {} : { allowed_ip_range: ranges.join(',') }),
    ...(expires === undefined ? {} : { expires }),
    ...(description === undefined ? {} : { description }),
  };
}

function changeFields({ description, permissions, ranges, expires }: KeyChange) {
  return {
    ...(description === undefined ? {} : { description }),
    ...(permissions === undefined ? {} : { perms: permissions }),
    ...(ranges === undefined ? {} : { allowed_ip_range: ranges.join(',') }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Creates the calls to manage the calling user's own keys, which have exactly the user's access. */
export function userKeys(send: Send) {
  const at = '/v1/user/keys';
  return Object.freeze({
    async list(options?: CallOptions): Promise<KeyEntries> {
      const pages = await collectPages(
        eachPage<{ readonly api_keys: KeyEntries }>(send, { method: 'GET', path: at }, options),
      );
      return mergeByName(pages.map((page) => page.api_keys));
    },
    /**
     * Creates a key. The secret is returned only in this response. With `oid`, creates the user's API-user key, which
     * is valid only in that organization. A user has only one API-user key, so an older one is revoked immediately.
     */
    create: ({ name, oid }: { readonly name: string; readonly oid?: string }, options?: CallOptions) => {
      const fields = { key_name: name, ...(oid === undefined ? {} : { oid }) };
      return send<NewKeyAnswer>({ method: 'POST', path: at, fields, create: true }, options);
    },
    revoke: (keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at, fields: { key_hash: keyHash } }, options),
  });
}

/** Creates the calls to manage ingestion keys, which can only push data. All calls need `ingestkey.ctrl`. */
export function ingestionKeys(send: Send) {
  return Object.freeze({
    /**
     * Returns an object that maps the name of each ingestion key to the key. The keys are masked unless the service
     * keeps ingestion keys readable.
     */
    async list(oid: string, options?: CallOptions): Promise<Readonly<Record<string, string>>> {
      const request = { method: 'GET', path: path`/v1/insight/${oid}/ingestion_keys` } as const;
      const pages = await collectPages(
        eachPage<{ readonly keys: Readonly<Record<string, string>> }>(send, request, options),
      );
      return mergeByName(pages.map((page) => page.keys));
    },
    create: (oid: string, { name }: { readonly name: string }, options?: CallOptions) =>
      send<NewIngestionKeyAnswer>(
        { method: 'POST', path: path`/v1/insight/${oid}/ingestion_keys`, fields: { name }, create: true },
        options,
      ),
    revoke: (oid: string, name: string, options?: CallOptions) =>
      send<SuccessAnswer>(
        { method: 'DELETE', path: path`/v1/insight/${oid}/ingestion_keys`, fields: { name } },
        options,
      ),
  });
}
