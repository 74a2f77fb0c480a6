import type { Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';

/** Ownership of a resource: three marks, each an identity id or null. */
export interface GivenOwnership {
  readonly createdBy?: string | null;
  readonly lockedBy?: string | null;
  readonly secretTo?: string | null;
}

/** Query for an explanation: a key or user, and a resource or its ownership. */
export type ExplainQuery = (
  | { readonly keyHash: string; readonly uid?: undefined }
  | { readonly uid: string; readonly keyHash?: undefined }
) &
  (
    | { readonly type: string; readonly id: string; readonly ownership?: undefined }
    | { readonly ownership: GivenOwnership; readonly type?: undefined; readonly id?: undefined }
  );

/** An identity that a resource is marked with. */
export interface OwnershipName {
  readonly identity: string;
  /** Display name. Null if the organization must not see it. */
  readonly name: string | null;
}

/** Decision about one action on a resource. */
export interface ExplainedAction {
  readonly action: 'know' | 'read' | 'update' | 'delete';
  readonly allowed: boolean;
  readonly rule: 'open' | 'creator' | 'holder' | 'root' | 'hidden' | 'withheld' | 'locked' | 'ended';
  /** The rule that decided, as a sentence. */
  readonly because: string;
  /** Changes, each of which alone would reverse the decision. */
  readonly changes: readonly string[];
  /** Identity that holds the lock. */
  readonly holder?: string;
}

/** The key, or the user with their API-user key, whose access is explained. */
export interface ExplainedKey {
  readonly key_hash: string | null;
  readonly uid: string | null;
  readonly identity: string;
  readonly ident: string;
  /** Every request of a key that is not `active` is refused. */
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
  /** True if the content is secret to one key. */
  readonly secret: boolean;
}

/** Explanation of what a key may do with one resource. */
export interface ExplainAnswer {
  readonly key: ExplainedKey;
  readonly resource: OwnedResource;
  readonly decisions: readonly ExplainedAction[];
}

/** Query for explanations of all resources of a type: a key or user, and the type. */
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

/** One of several resources, and decisions on what a key may do with it. */
export interface ExplainedResource extends OwnedResource {
  readonly decisions: readonly ExplainedAction[];
}

/** One page of explanations of what a key may do with the resources of a type. */
export interface ExplainAllAnswer extends Page {
  readonly key: ExplainedKey;
  readonly resources: readonly ExplainedResource[];
}

/**
 * Creates the call that explains how much of a resource a key may see or change, and why. It needs `audit.get` and is
 * audited.
 */
export function explain(send: Send) {
  return (oid: string, { keyHash, ...query }: ExplainQuery, options?: CallOptions) =>
    send<ExplainAnswer>(
      { method: 'POST', path: path`/v1/orgs/${oid}/explain`, fields: { key_hash: keyHash, ...query } },
      options,
    );
}

/**
 * Creates the call that explains how much of each resource of a type a key may see or change, and why. It needs
 * `audit.get` and is audited.
 */
export function explainAll(send: Send) {
  return (oid: string, { keyHash, ...query }: ExplainAllQuery, options?: CallOptions) =>
    send<ExplainAllAnswer>(
      { method: 'POST', path: path`/v1/orgs/${oid}/explain/resources`, fields: { key_hash: keyHash, ...query } },
      options,
    );
}
