import { collectPages, eachPage, entriesOf } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Request, Send } from './send.js';
import type { AuditEntry, GroupEntry, ReadGroupAnswer, SuccessAnswer } from './wire.js';

/**
 * Creates the calls to manage groups. Members have the group's permissions in every organization to which the group is
 * attached. All calls need a user's credential.
 */
export function groups(send: Send) {
  const at = (gid: string) => path`/v1/groups/${gid}`;
  return Object.freeze({
    /** Lists the groups that the calling user owns or belongs to. */
    async list(options?: CallOptions): Promise<readonly GroupEntry[]> {
      const request = { method: 'GET', path: '/v1/groups' } as const;
      const pages = await collectPages(eachPage<{ readonly groups: readonly GroupEntry[] }>(send, request, options));
      return pages.flatMap((page) => page.groups);
    },
    read: (gid: string, options?: CallOptions) => send<ReadGroupAnswer>({ method: 'GET', path: at(gid) }, options),
    /** Creates a group owned by the calling user. Returns its id. */
    async create({ name }: { readonly name: string }, options?: CallOptions) {
      const answer = await send<{ readonly gid: string }>(
        { method: 'POST', path: '/v1/groups', fields: { name }, create: true },
        options,
      );
      return answer.gid;
    },
    delete: (gid: string, options?: CallOptions) => send<SuccessAnswer>({ method: 'DELETE', path: at(gid) }, options),
    /** Replaces the permissions that a group grants. Accepts the call option `etag`. */
    setPermissions: (gid: string, permissions: readonly string[], options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: `${at(gid)}/permissions`, fields: { perm: permissions } }, options),
    /** Yields the changes to a group, newest first. */
    log: (gid: string, options?: CallOptions) =>
      entriesOf(
        eachPage<{ readonly logs: readonly AuditEntry[] }>(send, { method: 'GET', path: `${at(gid)}/logs` }, options),
        (page) => page.logs,
      ),
    ...relations(send, at),
  });
}

/**
 * Creates the calls that change a group's members, owners, organizations and nested groups. A person is named by e-mail
 * address, and an API user by uid.
 */
function relations(send: Send, at: (gid: string) => string) {
  const change =
    (method: Request['method'], place: string, field: string) => (gid: string, value: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method, path: `${at(gid)}/${place}`, fields: { [field]: value } }, options);
  const nest = (method: 'PUT' | 'DELETE') => (gid: string, child: string, options?: CallOptions) =>
    send<SuccessAnswer>({ method, path: `${at(gid)}${path`/groups/${child}`}` }, options);
  return {
    addMember: change('POST', 'users', 'member_email'),
    removeMember: change('DELETE', 'users', 'member_email'),
    addOwner: change('POST', 'owners', 'member_email'),
    /** Removes an owner. The last owner cannot be removed. */
    removeOwner: change('DELETE', 'owners', 'member_email'),
    attach: change('POST', 'orgs', 'oid'),
    detach: change('DELETE', 'orgs', 'oid'),
    /** Nests the group `child` in the group `gid`. Members of `child` then count as members of `gid`. */
    nest: nest('PUT'),
    unnest: nest('DELETE'),
  };
}
