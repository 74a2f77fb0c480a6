import { eachPage, entriesOf, gathered } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { RoleAnswer, UserPermissions } from './wire.js';

interface ChangedPermissions {
  readonly user_permissions: UserPermissions;
}

/** Users of an organization and what they may do. All need `user.ctrl`. */
export function users(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/users`;
  const permissionsOf = (email: string, { user_permissions: granted }: ChangedPermissions) =>
    granted[email.toLowerCase()] ?? [];
  return Object.freeze({
    /** Lists their e-mail addresses, page by page as they are read. */
    list: (oid: string, options?: CallOptions) =>
      entriesOf(
        eachPage<{ readonly users: readonly string[] }>(send, { method: 'GET', path: at(oid) }, options),
        (page) => page.users,
      ),
    /** Lists what every user was granted, by e-mail address. */
    async permissions(oid: string, options?: CallOptions): Promise<UserPermissions> {
      const request = { method: 'GET', path: `${at(oid)}/permissions` } as const;
      const pages = await gathered(eachPage<ChangedPermissions>(send, request, options));
      return Object.assign({}, ...pages.map((page) => page.user_permissions));
    },
    /** Makes somebody a user of the organization, without permissions. */
    invite: (oid: string, email: string, options?: CallOptions) =>
      send<{ readonly success: true; readonly users: readonly string[] }>(
        { method: 'POST', path: at(oid), fields: { email }, create: true },
        options,
      ),
    /** Removes a user; the last owner stays. */
    remove: (oid: string, email: string, options?: CallOptions) =>
      send<{ readonly success: true; readonly users: readonly string[] }>(
        { method: 'DELETE', path: at(oid), fields: { email } },
        options,
      ),
    /** Grants permissions; gives all the user has then. */
    async grant(oid: string, email: string, permissions: readonly string[], options?: CallOptions) {
      const fields = { email, perm: permissions };
      return permissionsOf(
        email,
        await send<ChangedPermissions>({ method: 'POST', path: `${at(oid)}/permissions`, fields }, options),
      );
    },
    /** Takes permissions away; gives all the user has left. */
    async take(oid: string, email: string, permissions: readonly string[], options?: CallOptions) {
      const fields = { email, perm: permissions };
      return permissionsOf(
        email,
        await send<ChangedPermissions>({ method: 'DELETE', path: `${at(oid)}/permissions`, fields }, options),
      );
    },
    /** Gives a role, in place of all that was granted: Owner, Administrator, Operator, Viewer or Basic. */
    setRole: (oid: string, email: string, role: string, options?: CallOptions) =>
      send<RoleAnswer>({ method: 'PUT', path: `${at(oid)}/role`, fields: { email, role } }, options),
  });
}
