import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { SuccessAnswer } from './wire.js';

/** A workload to trust, whose identity another issuer vouches for. */
export interface NewFederation {
  /** Name with its flairs: `deploy[segment]`. */
  readonly name: string;
  /** Exact issuer of its tokens, one that the operator allows. */
  readonly issuer: string;
  /** Audience that its tokens must have. */
  readonly audience: string;
  /** Claims that its tokens must have, such as `{ repository_id: '74' }`. */
  readonly match: Readonly<Record<string, string>>;
  /** Permissions and families. @default none */
  readonly permissions?: readonly string[];
  /** Lifetime of the tokens it gets in seconds. @default 900 */
  readonly ttlSeconds?: number;
  /** True to exchange each token once only. @default that of the issuer */
  readonly once?: boolean;
  readonly description?: string;
}

/** One federation in a list. */
export interface FederationEntry {
  readonly name: string;
  /** Permissions, with families expanded. */
  readonly priv: readonly string[];
  /** Permissions and families as they were granted. */
  readonly grants: readonly string[];
  /** Creator, as a text for people. */
  readonly by: string;
  readonly oid: string;
  readonly flairs: readonly string[];
  readonly created: number;
  readonly description: string | null;
  readonly issuer: string;
  readonly audience: string;
  readonly match: Readonly<Record<string, string>>;
  readonly ttl_seconds: number;
  readonly once: boolean;
}

/** Answer to a new federation. */
export interface NewFederationAnswer {
  /** Public id, which requests of its tokens name. */
  readonly federation_id: string;
  readonly name: string;
}

/** Calls to manage the workloads that an organization trusts. All need `apikey.ctrl`. */
export function federations(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/federations`;
  return Object.freeze({
    /** Lists federations by public id. */
    async list(oid: string, options?: CallOptions): Promise<Readonly<Record<string, FederationEntry>>> {
      type Answer = { readonly federations: Readonly<Record<string, FederationEntry>> };
      return (await send<Answer>({ method: 'GET', path: at(oid) }, options)).federations;
    },
    /** Creates a federation. It has no secret. */
    create: (oid: string, { match, permissions = [], ttlSeconds, ...rest }: NewFederation, options?: CallOptions) =>
      send<NewFederationAnswer>(
        {
          method: 'POST',
          path: at(oid),
          fields: {
            ...rest,
            match: Object.entries(match).map(([claim, value]) => `${claim}=${value}`),
            perms: permissions,
            ...(ttlSeconds === undefined ? {} : { ttl_seconds: ttlSeconds }),
          },
          create: true,
        },
        options,
      ),
    /** Deletes a federation, and revokes every token it got. */
    delete: (oid: string, federationId: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at(oid), fields: { federation_id: federationId } }, options),
  });
}
