import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { SuccessAnswer } from './wire.js';

/**
 * A federation to create. A federation lets a workload, such as a CI job, exchange tokens of an external issuer for
 * tokens of this service.
 */
export interface NewFederation {
  /** Name, which may contain flairs: `deploy[segment]`. */
  readonly name: string;
  /** Issuer of the workload's tokens. Must equal an issuer that the operator allows. */
  readonly issuer: string;
  /** Audience that the workload's tokens must have. */
  readonly audience: string;
  /** Claims that the workload's tokens must have, such as `{ repository_id: '74' }`. */
  readonly match: Readonly<Record<string, string>>;
  /** Permissions and permission families, such as `dr.*`. @default none */
  readonly permissions?: readonly string[];
  /** Lifetime, in seconds, of the tokens that the workload obtains from this service. @default 900 */
  readonly ttlSeconds?: number;
  /** True if each token of the external issuer may be exchanged only once. @default the setting for this issuer */
  readonly once?: boolean;
  readonly description?: string;
}

/** One federation in a list. */
export interface FederationEntry {
  readonly name: string;
  /** Permissions, with families expanded. */
  readonly priv: readonly string[];
  /** Permissions and permission families (such as `dr.*`), as they were granted. */
  readonly grants: readonly string[];
  /** Readable name of the creator. */
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

/** Response to the creation of a federation. */
export interface NewFederationAnswer {
  /** Public id of the federation. The workload sends this id when it exchanges a token of the external issuer. */
  readonly federation_id: string;
  readonly name: string;
}

/** Creates the calls that manage federations (workloads that an organization trusts). All calls need `apikey.ctrl`. */
export function federations(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/federations`;
  return Object.freeze({
    /** Lists federations by public id. */
    async list(oid: string, options?: CallOptions): Promise<Readonly<Record<string, FederationEntry>>> {
      type Answer = { readonly federations: Readonly<Record<string, FederationEntry>> };
      return (await send<Answer>({ method: 'GET', path: at(oid) }, options)).federations;
    },
    /** Creates a federation. A federation has no secret. */
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
    /** Deletes a federation. Revokes every token that the workload of the federation obtained from this service. */
    delete: (oid: string, federationId: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: at(oid), fields: { federation_id: federationId } }, options),
  });
}
