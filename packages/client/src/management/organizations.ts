import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { OrganizationAnswer, SuccessAnswer, UserOrganizationsAnswer } from './wire.js';

/** Selection and order of organizations in a list. */
export interface OrganizationQuery {
  readonly offset?: number;
  readonly limit?: number;
  /** Text that the name must contain, ignoring letter case. */
  readonly filter?: string;
  readonly sortBy?: 'name' | 'oid';
  readonly descending?: boolean;
}

/** Creates the calls to manage organizations, the tenants of a service. */
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
    /** Reads an organization. Needs `org.get`. */
    read: (oid: string, options?: CallOptions) =>
      send<OrganizationAnswer>({ method: 'GET', path: path`/v1/orgs/${oid}` }, options),
    /**
     * Creates an organization owned by the calling user. Returns its id. The next call carries a token that is valid in
     * the new organization.
     */
    async create({ name, location }: { readonly name: string; readonly location?: string }, options?: CallOptions) {
      const fields = location === undefined ? { name } : { name, loc: location };
      const answer = await send<{ readonly data: { readonly oid: string } }>(
        { method: 'POST', path: '/v1/orgs/new', fields, create: true },
        options,
      );
      renewToken();
      return answer.data.oid;
    },
    /** Deletes an organization and everything in it. Needs `org.del` and the role `owner`. */
    delete: (oid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: path`/v1/orgs/${oid}` }, options),
    /** Revokes every token that is valid for an organization. Needs `apikey.ctrl`. */
    revokeTokens: (oid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'POST', path: path`/v1/orgs/${oid}/tokens/revoke` }, options),
  });
}
