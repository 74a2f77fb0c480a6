import { collectPages, eachPage } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { ApiUserEntry, ChangeAnswer, NewKeyAnswer, PolicyAnswer, PolicyGrants, SuccessAnswer } from './wire.js';

/** API users: they sign in nowhere, have one key each, and may do what their groups may. All need `user.ctrl`. */
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
    /** Makes one; gives its id. */
    async create(oid: string, { name }: { readonly name: string }, options?: CallOptions) {
      const answer = await send<{ readonly uid: string }>(
        { method: 'POST', path: path`/v1/orgs/${oid}/api_users`, fields: { name }, create: true },
        options,
      );
      return answer.uid;
    },
    /** Deletes one, and its key. */
    delete: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at(oid, uid) }, options),
    /** Deactivates one; its key ends at once. */
    deactivate: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: `${at(oid, uid)}/deactivate` }, options),
    /** Activates one again. It needs a new key. */
    activate: (oid: string, uid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: `${at(oid, uid)}/activate` }, options),
    /** Makes its one key; an old one ends at once. The name's default is the user's. */
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

/** Policies: what groups may do with objects, by type. They count at the next request. All need `user.ctrl`. */
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
    /** Makes or replaces one. With `etag`, only the version it names; with `isNew`, only one that is not there yet. */
    put: (oid: string, name: string, grants: PolicyGrants, options?: CallOptions) =>
      send<PolicyAnswer & ChangeAnswer>({ method: 'PUT', path: at(oid, name), fields: { grants } }, options),
    /** With `etag`, only the version it names. */
    delete: (oid: string, name: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at(oid, name) }, options),
  });
}
