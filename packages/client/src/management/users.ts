import { collectPages, eachPage, entriesOf } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Request, Send } from './send.js';
import type { ChangedPermissionsAnswer, RoleAnswer, SuccessAnswer, UserPermissionsAnswer } from './wire.js';

/** A user who is a member of an organization, or to whom the organization has offered a membership. */
export interface Member {
  /**
   * E-mail address of the user, or the uid if the address is withheld. The address is withheld only before the user
   * accepts the offer.
   */
  readonly email: string;
  readonly role: 'owner' | 'member';
  readonly permissions: readonly string[];
  /** False while the membership is only offered. Until the user accepts, the permissions have no effect. */
  readonly accepted: boolean;
  /** Version of the user's permissions, to be sent as the call option `etag`. */
  readonly etag: string;
}

/** Permissions of a user after a change. */
export type GrantedPermissions = Pick<Member, 'permissions' | 'etag'>;

/** Creates the calls to manage an organization's users and their permissions. All calls need `user.ctrl`. */
export function users(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/users`;
  return Object.freeze({
    /** Yields the e-mail addresses of the users. Each page is requested when it is needed. */
    list: (oid: string, options?: CallOptions) =>
      entriesOf(
        eachPage<{ readonly users: readonly string[] }>(send, { method: 'GET', path: at(oid) }, options),
        (page) => page.users,
      ),
    /** Lists the users with their permissions. */
    async members(oid: string, options?: CallOptions): Promise<readonly Member[]> {
      const request = { method: 'GET', path: `${at(oid)}/permissions` } as const;
      return (await collectPages(eachPage<UserPermissionsAnswer>(send, request, options))).flatMap(toMembers);
    },
    /** Offers a user a membership in the organization, without permissions. */
    invite: (oid: string, email: string, options?: CallOptions) =>
      send<{ readonly success: true; readonly users: readonly string[] }>(
        { method: 'POST', path: at(oid), fields: { email }, create: true },
        options,
      ),
    /**
     * Removes a user. The last owner cannot be removed. The response lists the keys that the user created in the
     * organization, by public id. These keys stay valid.
     */
    remove: (oid: string, email: string, options?: CallOptions) =>
      send<SuccessAnswer & { readonly users: readonly string[]; readonly keys?: Readonly<Record<string, string>> }>(
        { method: 'DELETE', path: at(oid), fields: { email } },
        options,
      ),
    /** Grants permissions. Returns all permissions that the user then has. Accepts the call option `etag`. */
    grant: (oid: string, email: string, permissions: readonly string[], options?: CallOptions) =>
      changePermissions(
        send,
        { method: 'POST', path: `${at(oid)}/permissions`, fields: { email, perm: permissions } },
        options,
      ),
    /** Revokes permissions. Returns the user's remaining permissions. Accepts the call option `etag`. */
    take: (oid: string, email: string, permissions: readonly string[], options?: CallOptions) =>
      changePermissions(
        send,
        { method: 'DELETE', path: `${at(oid)}/permissions`, fields: { email, perm: permissions } },
        options,
      ),
    /**
     * Replaces all permissions granted to the user with those of a role: Owner, Administrator, Operator, Viewer or
     * Basic.
     */
    setRole: (oid: string, email: string, role: string, options?: CallOptions) =>
      send<RoleAnswer>({ method: 'PUT', path: `${at(oid)}/role`, fields: { email, role } }, options),
  });
}

async function changePermissions(send: Send, request: Request, options?: CallOptions): Promise<GrantedPermissions> {
  const { user_permissions: granted, etag } = await send<ChangedPermissionsAnswer>(request, options);
  return { permissions: Object.values(granted)[0] ?? [], etag };
}

function toMembers({ user_permissions: granted, roles, offered, etags }: UserPermissionsAnswer): readonly Member[] {
  const pending = new Set(offered);
  return Object.entries(granted).map(([email, permissions]) => ({
    email,
    role: (Object.hasOwn(roles, email) ? roles[email] : undefined) ?? 'member',
    permissions,
    accepted: !pending.has(email),
    etag: (Object.hasOwn(etags, email) ? etags[email] : undefined) ?? '',
  }));
}
