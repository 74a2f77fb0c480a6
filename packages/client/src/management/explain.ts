import type { Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';

/**
 * Ownership of a resource: its creator, the holder of its lock, and the only key that can read its content. `createdBy`
 * and `lockedBy` are ids of identities. `secretTo` is the `secretId` of a key, as in an introspection response. Each
 * member is null if there is none.
 */
export interface GivenOwnership {
  readonly createdBy?: string | null;
  readonly lockedBy?: string | null;
  readonly secretTo?: string | null;
}

/**
 * Query for an explanation of access to one resource. Names a key or a user, and the `type` and `id` of a resource. In
 * place of a resource, the query can give an `ownership`, to explain access to a resource with this ownership.
 */
export type ExplainQuery = (
  | { readonly keyHash: string; readonly uid?: undefined }
  | { readonly uid: string; readonly keyHash?: undefined }
) &
  (
    | { readonly type: string; readonly id: string; readonly ownership?: undefined }
    | { readonly ownership: GivenOwnership; readonly type?: undefined; readonly id?: undefined }
  );

/** An identity that created a resource or holds its lock. */
export interface OwnershipName {
  readonly identity: string;
  /** Display name. Null if the organization must not see it. */
  readonly name: string | null;
}

/** Decision on whether an action on a resource is allowed. */
export interface ExplainedAction {
  readonly action: 'know' | 'read' | 'update' | 'delete';
  readonly allowed: boolean;
  readonly rule: 'open' | 'creator' | 'holder' | 'root' | 'hidden' | 'withheld' | 'locked' | 'ended';
  /** The rule that decided, as a sentence. */
  readonly because: string;
  /** Descriptions of changes. Each of these changes alone would reverse the decision. */
  readonly changes: readonly string[];
  /** Identity that holds the lock. */
  readonly holder?: string;
}

/** The caller whose access is explained: a key, or a user with their API-user key. */
export interface ExplainedKey {
  readonly key_hash: string | null;
  readonly uid: string | null;
  readonly identity: string;
  readonly ident: string;
  /** State of the key. If the state is not `active`, every request with the key is refused. */
  readonly state:
    | 'active'
    | 'revoked'
    | 'disabled'
    | 'expired'
    | 'orphaned'
    | 'deactivated'
    | 'suspended'
    | 'without-key';
  readonly flairs: readonly string[];
  readonly owner: boolean;
  readonly permissions: readonly string[];
}

/** A resource and its ownership. */
export interface OwnedResource {
  readonly type: string;
  readonly id: string;
  readonly createdBy: OwnershipName | null;
  readonly lockedBy: OwnershipName | null;
  /** True if the content is secret, so that only one key can read it. */
  readonly secret: boolean;
}

/** Explanation of what a key may do with one resource. */
export interface ExplainAnswer {
  readonly key: ExplainedKey;
  readonly resource: OwnedResource;
  readonly decisions: readonly ExplainedAction[];
}

/** Query for an explanation of the access of a key or user to all resources of a type. */
export type ExplainAllQuery = (
  | { readonly keyHash: string; readonly uid?: undefined }
  | { readonly uid: string; readonly keyHash?: undefined }
) & {
  readonly type: string;
  /** Maximum number of resources on the page. */
  readonly limit?: number;
  /** `next_cursor` of the previous page. */
  readonly cursor?: string;
};

/** One resource of a list, with decisions on what a key may do with this resource. */
export interface ExplainedResource extends OwnedResource {
  readonly decisions: readonly ExplainedAction[];
}

/** One page of the resources of a type, with an explanation of what a key may do with each of them. */
export interface ExplainAllAnswer extends Page {
  readonly key: ExplainedKey;
  readonly resources: readonly ExplainedResource[];
}

/**
 * Creates the call that explains how much of a resource a key may see or change, and why. The call needs `audit.get`
 * and is recorded in the audit.
 */
export function explain(send: Send) {
  return (oid: string, { keyHash, ...query }: ExplainQuery, options?: CallOptions) =>
    send<ExplainAnswer>(
      { method: 'POST', path: path`/v1/orgs/${oid}/explain`, fields: { key_hash: keyHash, ...query } },
      options,
    );
}

/**
 * Creates the call that explains how much of each resource of a type a key may see or change, and why. The call needs
 * `audit.get` and is recorded in the audit.
 */
export function explainAll(send: Send) {
  return (oid: string, { keyHash, ...query }: ExplainAllQuery, options?: CallOptions) =>
    send<ExplainAllAnswer>(
      { method: 'POST', path: path`/v1/orgs/${oid}/explain/resources`, fields: { key_hash: keyHash, ...query } },
      options,
    );
}
