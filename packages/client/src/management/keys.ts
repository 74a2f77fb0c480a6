import { collectPages, eachPage, mergeByName } from './pages.js';
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
  /** Name with its flairs: `vendor[segment]`. */
  readonly name: string;
  /** Permissions and families. @default none */
  readonly permissions?: readonly string[];
  /** CIDR ranges the key can be used from. @default any address */
  readonly ranges?: readonly string[];
  /** Expiry in Unix seconds. @default never */
  readonly expires?: number;
  readonly description?: string;
}

/** Changes of a key. Members that are left out keep their values. */
export interface KeyChange {
  /** New description; null removes it. */
  readonly description?: string | null;
  /** Permissions and families, fewer than the key has. */
  readonly permissions?: readonly string[];
  /** CIDR ranges the key can be used from; an empty list means any address. */
  readonly ranges?: readonly string[];
  /** Expiry in Unix seconds; null means never. */
  readonly expires?: number | null;
}

/** Calls to manage keys of an organization. All need `apikey.ctrl`, except that a key can rotate itself. */
export function organizationKeys(send: Send) {
  return Object.freeze({
    /** Lists keys by public id. A `segment` key sees only the keys it created. */
    async list(oid: string, options?: CallOptions): Promise<KeyEntries> {
      const request = { method: 'GET', path: path`/v1/orgs/${oid}/keys` } as const;
      const pages = await collectPages(eachPage<{ readonly api_keys: KeyEntries }>(send, request, options));
      return mergeByName(pages.map((page) => page.api_keys));
    },
    /** Reads whether a name is taken, and whether a new key of the name continues a dead one. */
    readName: (oid: string, name: string, options?: CallOptions) =>
      send<KeyNameAnswer>({ method: 'GET', path: path`/v1/orgs/${oid}/key_names`, query: { key_name: name } }, options),
    /** Creates a key. Only this answer shows its secret. */
    create: (oid: string, key: NewOrganizationKey, options?: CallOptions) =>
      send<NewKeyAnswer>(
        { method: 'POST', path: path`/v1/orgs/${oid}/keys`, fields: keyFields(key), create: true },
        options,
      ),
    /** Creates a new secret for a key. The old one expires after `overlapSeconds`. @default 3600 */
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
     * Changes a key in the version that was read: `etag` of the options is required, and the list has it. Permissions can
     * only be narrowed; every change but that of the description revokes the tokens of the key.
     */
    update: (oid: string, keyHash: string, change: KeyChange, options: CallOptions & { readonly etag: string }) =>
      send<UpdatedKeyAnswer>(
        { method: 'PATCH', path: path`/v1/orgs/${oid}/keys/${keyHash}`, fields: changeFields(change) },
        options,
      ),
    /** Disables a key, and every token exchanged for it, until it is enabled again. */
    disable: (oid: string, keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: path`/v1/orgs/${oid}/keys/${keyHash}/disable` }, options),
    /** Enables a disabled key. A caller cannot enable a key with more rights than its own. */
    enable: (oid: string, keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: path`/v1/orgs/${oid}/keys/${keyHash}/enable` }, options),
    /** Revokes a key, and every token exchanged for it. */
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

/** Calls to manage the calling user's own keys, which have exactly the user's access. */
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
     * Creates a key. Only this answer shows its secret. With `oid`, creates the one API-user key of the user: it is valid
     * in that organization only, and the one before it is revoked immediately.
     */
    create: ({ name, oid }: { readonly name: string; readonly oid?: string }, options?: CallOptions) => {
      const fields = { key_name: name, ...(oid === undefined ? {} : { oid }) };
      return send<NewKeyAnswer>({ method: 'POST', path: at, fields, create: true }, options);
    },
    revoke: (keyHash: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at, fields: { key_hash: keyHash } }, options),
  });
}

/** Calls to manage keys that can only push data. All need `ingestkey.ctrl`. */
export function ingestionKeys(send: Send) {
  return Object.freeze({
    /** Lists ingestion keys by name. Values are masked unless the service keeps them readable. */
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
