import type { Outcome, Principal, PrincipalKind } from '@flairgate/core';
import { z } from 'zod';
import type { CallHeaders } from './call-headers.js';
import { type Fields, fieldsToInput, parseInput } from './fields.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Credential and permissions that a route needs. */
export type Needs =
  | { readonly kind: 'nothing' }
  /** The credential is the field `secret`, which the route's command checks. */
  | { readonly kind: 'secret'; readonly inQuery: boolean }
  | { readonly kind: 'credential'; readonly accept?: readonly PrincipalKind[] }
  /**
   * A service key. With `orFederation`, a request without a credential also passes, and the command checks the
   * federation's token.
   */
  | { readonly kind: 'service'; readonly orFederation?: true }
  /** The credential of a user. `what` completes the refusal: `only a user can …`. */
  | { readonly kind: 'user'; readonly what: string }
  /** All of these permissions in the organization given by the path parameter `oid`. */
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
  /** The caller. Undefined on routes that need no credential. */
  readonly caller: Principal | undefined;
  readonly address: string | undefined;
  /**
   * Address to which limits apply: the caller's address, or the proxy's if the proxy did not report a valid address.
   */
  readonly countedAs: string | undefined;
  readonly headers: CallHeaders;
}

/** A request whose fields have been read but not parsed. */
export type RawCall = Call<unknown, Fields>;

/** Properties of a route that do not depend on its type parameters. */
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
   * True if the route reads `If-Match`, and its response has a member `etag` that is also sent as a header.
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
   * True if the created object replaces an existing one, which is then revoked, as in a rotation.
   *
   * @default false
   */
  readonly replaces?: boolean;
  /**
   * Format of refusals in the OpenAPI description. The error handler, not the route, sends refusals in this format.
   *
   * @default 'problem'
   */
  readonly refusals?: 'problem' | 'oauth';
}

/** Options of {@link defineRoute}. */
export interface RouteOptions<P extends z.ZodObject, F extends z.ZodObject, A extends z.ZodType> extends RouteTexts {
  /** Schema of the path parameters. A request that does not match gets a 400 response. */
  readonly params?: P;
  /**
   * Schema of all fields in query and body. Unknown fields are ignored, or refused if the route creates, widens or
   * narrows a credential.
   */
  readonly fields?: F;
  /** Schema of the response, for the OpenAPI description. Responses are not checked against it. */
  readonly answer: A;
  handle(call: Call<z.output<P>, z.output<F>>): Promise<Outcome<z.input<A>>>;
}

/** A route that can be mounted and described in OpenAPI. */
export interface Route extends RouteTexts {
  readonly params: z.ZodObject;
  readonly fields: z.ZodObject;
  readonly answer: z.ZodType;
  /** Checks the path parameters. Called before the caller's permissions are checked and before the body is read. */
  checkParams(params: unknown): Outcome<unknown>;
  run(call: RawCall): Promise<Outcome<unknown>>;
}

const NO_FIELDS = z.object({});

/**
 * Creates an entry of the route table, from which the route is mounted and its OpenAPI description generated.
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
