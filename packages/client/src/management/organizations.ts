import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { OrganizationAnswer, SuccessAnswer, UserOrganizationsAnswer } from './wire.js';

/** Which organizations of the calling user are listed, and in which order. */
export interface OrganizationQuery {
  readonly offset?: number;
  readonly limit?: number;
  /** Part of a name, in any letter case. */
  readonly filter?: string;
  readonly sortBy?: 'name' | 'oid';
  readonly descending?: boolean;
}

/** Organizations: tenants, which nothing crosses. */
export function organizations(send: Send, renewToken: () => void) {
  return Object.freeze({
    /** Lists the organizations of the calling user. */
    list: ({ sortBy, descending, ...page }: OrganizationQuery = {}, options?: CallOptions) =>
      send<UserOrganizationsAnswer>(
        {
          method: 'GET',
          path: '/v1/user/orgs',
          query: {
            ...page,
            sort_by: sortBy,
            sort_order: descending === undefined ? undefined : descending ? 'desc' : 'asc',
          },
        },
        options,
      ),
    /** Reads one. Needs `org.get`. */
    read: (oid: string, options?: CallOptions) =>
      send<OrganizationAnswer>({ method: 'GET', path: path`/v1/orgs/${oid}` }, options),
    /** Makes one, whose owner is the calling user; gives its id. The next call carries a token that knows it. */
    async create({ name, location }: { readonly name: string; readonly location?: string }, options?: CallOptions) {
      const fields = location === undefined ? { name } : { name, loc: location };
      const answer = await send<{ readonly data: { readonly oid: string } }>(
        { method: 'POST', path: '/v1/orgs/new', fields, create: true },
        options,
      );
      renewToken();
      return answer.data.oid;
    },
    /** Deletes one, and everything that hangs on it. Needs `org.del`, and to be owner. */
    delete: (oid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: path`/v1/orgs/${oid}` }, options),
    /** Ends every token that is good for it. Needs `apikey.ctrl`. */
    revokeTokens: (oid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: path`/v1/orgs/${oid}/tokens/revoke` }, options),
  });
}
