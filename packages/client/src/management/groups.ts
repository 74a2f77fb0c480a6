import { collectPages, eachPage, entriesOf } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Request, Send } from './send.js';
import type { AuditEntry, GroupEntry, ReadGroupAnswer, SuccessAnswer } from './wire.js';

/** Groups: who is in one has its permissions wherever it is attached. All need a user's credential. */
export function groups(send: Send) {
  const at = (gid: string) => path`/v1/groups/${gid}`;
  return Object.freeze({
    /** Lists those the calling user owns or is in. */
    async list(options?: CallOptions): Promise<readonly GroupEntry[]> {
      const request = { method: 'GET', path: '/v1/groups' } as const;
      const pages = await collectPages(eachPage<{ readonly groups: readonly GroupEntry[] }>(send, request, options));
      return pages.flatMap((page) => page.groups);
    },
    read: (gid: string, options?: CallOptions) => send<ReadGroupAnswer>({ method: 'GET', path: at(gid) }, options),
    /** Makes one, which the calling user owns; gives its id. */
    async create({ name }: { readonly name: string }, options?: CallOptions) {
      const answer = await send<{ readonly gid: string }>(
        { method: 'POST', path: '/v1/groups', fields: { name }, create: true },
        options,
      );
      return answer.gid;
    },
    delete: (gid: string, options?: CallOptions) => send<SuccessAnswer>({ method: 'DELETE', path: at(gid) }, options),
    /** Sets what it grants, in place of what it granted. Takes `etag`. */
    setPermissions: (gid: string, permissions: readonly string[], options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: `${at(gid)}/permissions`, fields: { perm: permissions } }, options),
    /** Reads who changed it, newest first. */
    log: (gid: string, options?: CallOptions) =>
      entriesOf(
        eachPage<{ readonly logs: readonly AuditEntry[] }>(send, { method: 'GET', path: `${at(gid)}/logs` }, options),
        (page) => page.logs,
      ),
    ...relations(send, at),
  });
}

/** Who and what belongs to a group. A member is an e-mail address, or the uid of an API user. */
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
    /** The last owner stays. */
    removeOwner: change('DELETE', 'owners', 'member_email'),
    attach: change('POST', 'orgs', 'oid'),
    detach: change('DELETE', 'orgs', 'oid'),
    /** Puts a group inside another. */
    nest: nest('PUT'),
    unnest: nest('DELETE'),
  };
}
