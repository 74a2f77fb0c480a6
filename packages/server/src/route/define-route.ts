import type { Outcome, Principal, PrincipalKind } from '@flairgate/core';
import { z } from 'zod';
import type { CallHeaders } from './call-headers.js';
import { type Fields, fieldsToInput, parseInput } from './fields.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Credential and permissions that a route needs. */
export type Needs =
  | { readonly kind: 'nothing' }
  /**
   * The credential is the field `secret`, which the route's command checks. It may be in the query only if `inQuery` is
   * true.
   */
  | { readonly kind: 'secret'; readonly inQuery: boolean }
  | { readonly kind: 'credential'; readonly accept?: readonly PrincipalKind[] }
  /**
   * The credential is a service key. With `orFederation`, a request without a service key passes too. The route's
   * command then checks the external token that a federation (a trusted workload) sends.
   */
  | { readonly kind: 'service'; readonly orFederation?: true }
  /** The credential of a user. The text `what` completes the message of the refusal: `only a user can …`. */
  | { readonly kind: 'user'; readonly what: string }
  /** The caller has all these permissions in the organization whose id is the path parameter `oid`. */
  | { readonly kind: 'permissions'; readonly names: readonly string[] };

/** Caching properties of a public document. Such a document is the same for all callers, so caches may store it. */
export interface PublicDocument {
  readonly mediaType?: string;
  /** Seconds for which caches may store the document. */
  readonly maxAgeSeconds: number;
  /**
   * True if the document at this URL never changes.
   *
   * @default false
   */
  readonly immutable?: boolean;
  /**
   * True if web pages of any origin may read the document (CORS).
   *
   * @default false
   */
  readonly anyOrigin?: boolean;
}

/** One parsed request. */
export interface Call<P, F> {
  readonly params: P;
  readonly fields: F;
  /** The authenticated caller. Undefined if the request has none, for example on a public route or at the exchange. */
  readonly caller: Principal | undefined;
  readonly address: string | undefined;
  /**
   * Address to which limits apply: the address of the caller, or the address of the proxy if the proxy did not report a
   * valid address.
   */
  readonly countedAs: string | undefined;
  readonly headers: CallHeaders;
}

/** Request whose fields have been read, but not yet parsed with the route's schema. */
export type RawCall = Call<unknown, Fields>;

/** Properties of a route, except its schemas and its handler. */
interface RouteTexts {
  readonly method: Method;
  /** Path in Express syntax, for example `/v1/orgs/:oid/keys`. */
  readonly path: string;
  readonly summary: string;
  readonly needs: Needs;
  readonly document?: PublicDocument;
  /**
   * Maximum size of the body in bytes.
   *
   * @default 65536
   */
  readonly maxBodyBytes?: number;
  /**
   * True if the route changes or returns an object with versions. Such a route reads `If-Match`. If its response has a
   * member `etag`, the service sends this value as the `ETag` header too.
   *
   * @default false
   */
  readonly versioned?: boolean;
  /**
   * True if the route creates something and recognizes repeated requests by `Idempotency-Key`.
   *
   * @default false
   */
  readonly creates?: boolean;
  /**
   * True if the created key or secret replaces an existing one. The existing one is then revoked, or expires after an
   * overlap.
   *
   * @default false
   */
  readonly replaces?: boolean;
  /**
   * Format of the route's refusals in the OpenAPI description. This property does not affect the refusals themselves,
   * which are sent by the error handler.
   *
   * @default 'problem'
   */
  readonly refusals?: 'problem' | 'oauth';
}

/** Options of {@link defineRoute}. */
export interface RouteOptions<P extends z.ZodObject, F extends z.ZodObject, A extends z.ZodType> extends RouteTexts {
  /**
   * Schema of the path parameters. If the path of a request does not match this schema, the response has the status
   * 400.
   */
  readonly params?: P;
  /**
   * Schema of all fields in the query and the body. Unknown fields are ignored. Only the service's own routes that
   * exchange a secret or change something refuse unknown fields.
   */
  readonly fields?: F;
  /** Schema of the response, for the OpenAPI description. The responses that the route sends are not checked. */
  readonly answer: A;
  handle(call: Call<z.output<P>, z.output<F>>): Promise<Outcome<z.input<A>>>;
}

/** A route that can be mounted and described in OpenAPI. */
export interface Route extends RouteTexts {
  readonly params: z.ZodObject;
  readonly fields: z.ZodObject;
  readonly answer: z.ZodType;
  /**
   * Checks the path parameters. This happens before the caller's permissions are checked and before the body is read.
   */
  checkParams(params: unknown): Outcome<unknown>;
  run(call: RawCall): Promise<Outcome<unknown>>;
}

const NO_FIELDS = z.object({});

/**
 * Creates an entry of a route table. The entry is used to mount the route and to generate its OpenAPI description.
 *
 * @example
 * const listRules = defineRoute({
 *   method: 'GET',
 *   path: '/v1/rules/:oid',
 *   summary: 'List rules',
 *   needs: { kind: 'permissions', names: ['dr.list'] },
 *   params: z.object({ oid: schema.uuid() }),
 *   answer: z.object({ rules: z.array(z.string()) }),
 *   handle: async ({ params }) => allow({ rules: await rulesOf(params.oid) }),
 * });
 */
export function defineRoute<
  A extends z.ZodType,
  P extends z.ZodObject = typeof NO_FIELDS,
  F extends z.ZodObject = typeof NO_FIELDS,
>(options: RouteOptions<P, F, A>): Route {
  const { handle, params, fields, ...texts } = options;
  const parseParams = (given: unknown) => parseInput<z.output<P>>(params ?? NO_FIELDS, given);
  return Object.freeze({
    ...texts,
    params: params ?? NO_FIELDS,
    fields: fields ?? NO_FIELDS,
    checkParams: parseParams,
    async run({ caller, address, countedAs, headers, ...given }: RawCall) {
      const parsedParams = parseParams(given.params);
      if (!parsedParams.allowed) return parsedParams;
      const input = fieldsToInput(given.fields);
      if (!input.allowed) return input;
      const parsedFields = parseInput<z.output<F>>(fields ?? NO_FIELDS, input.value);
      if (!parsedFields.allowed) return parsedFields;
      return handle({ params: parsedParams.value, fields: parsedFields.value, caller, address, countedAs, headers });
    },
  });
}
