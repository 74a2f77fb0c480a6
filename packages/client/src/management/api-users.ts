import { collectPages, eachPage } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { ApiUserEntry, ChangeAnswer, NewKeyAnswer, PolicyAnswer, PolicyGrants, SuccessAnswer } from './wire.js';

/**
 * Creates the calls to manage API users. An API user is a user account for a program. It cannot sign in, has one key,
 * and has the permissions of its groups. All calls need `user.ctrl`.
 */
export function apiUsers(send: Send) {
  const at = (oid: string, uid: string) => path`/v1/orgs/${oid}/api_users/${uid}`;
  return Object.freeze({
    async list(oid: string, options?: CallOptions): Promise<readonly ApiUserEntry[]> {
      const request = { method: 'GET', path: path`/v1/orgs/${oid}/api_users` } as const;
      const pages = await collectPages(
        eachPage<{ readonly api_users: readonly ApiUserEntry[] }>(send, request, options),
      );
      return pages.flatMap((page) => page.api_users);
    },
    read: (oid: string, uid: string, options?: CallOptions) =>
      send<ApiUserEntry>({ method: 'GET', path: at(oid, uid) }, options),
    /** Creates an API user. Returns its id. */
    async create(oid: string, { name }: { readonly name: string }, options?: CallOptions) {
      const answer = await send<{ readonly uid: string }>(
        { method: 'POST', path: path`/v1/orgs/${oid}/api_users`, fields: { name }, create: true },
        options,
      );
      return answer.uid;
    },
    /** Deletes an API user and its key. */
    delete: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at(oid, uid) }, options),
    /** Deactivates an API user and revokes its key. */
    deactivate: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: `${at(oid, uid)}/deactivate` }, options),
    /** Reactivates an API user. The user needs a new key. */
    activate: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: `${at(oid, uid)}/activate` }, options),
    /** Creates a new key for an API user and revokes the old key. The key's name defaults to the user's name. */
    replaceKey(oid: string, uid: string, { name }: { readonly name?: string } = {}, options?: CallOptions) {
      const fields = name === undefined ? {} : { key_name: name };
      return send<NewKeyAnswer & ChangeAnswer>(
        { method: 'POST', path: `${at(oid, uid)}/key`, fields, create: true },
        options,
      );
    },
    revokeKey: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: `${at(oid, uid)}/key` }, options),
  });
}

/**
 * Creates the calls to manage policies. A policy lets the users of a group perform actions, such as `read`, on all
 * objects of a type. Changes to a policy apply from the next request. All calls need `user.ctrl`.
 */
export function policies(send: Send) {
  const at = (oid: string, name: string) => path`/v1/orgs/${oid}/policies/${name}`;
  return Object.freeze({
    async list(oid: string, options?: CallOptions): Promise<readonly PolicyAnswer[]> {
      const request = { method: 'GET', path: path`/v1/orgs/${oid}/policies` } as const;
      const pages = await collectPages(
        eachPage<{ readonly policies: readonly PolicyAnswer[] }>(send, request, options),
      );
      return pages.flatMap((page) => page.policies);
    },
    read: (oid: string, name: string, options?: CallOptions) =>
      send<PolicyAnswer>({ method: 'GET', path: at(oid, name) }, options),
    /**
     * Creates or replaces a policy. With the call option `etag`, replaces the policy only if it still has that version.
     * With the call option `isNew`, only creates a policy, and never replaces one.
     */
    put: (oid: string, name: string, grants: PolicyGrants, options?: CallOptions) =>
      send<PolicyAnswer & ChangeAnswer>({ method: 'PUT', path: at(oid, name), fields: { grants } }, options),
    /** Deletes a policy. With the call option `etag`, deletes the policy only if it still has that version. */
    delete: (oid: string, name: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at(oid, name) }, options),
  });
}
