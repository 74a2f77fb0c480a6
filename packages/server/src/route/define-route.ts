import type { Outcome, Principal, PrincipalKind } from '@flairgate/core';
import { z } from 'zod';
import type { CallHeaders } from './call-headers.js';
import { type Fields, fieldsToInput, parseInput } from './fields.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Credential and permissions that a route needs. */
export type Needs =
  | { readonly kind: 'nothing' }
  /** The field `secret` is the credential; the command behind the route judges it. */
  | { readonly kind: 'secret'; readonly inQuery: boolean }
  | { readonly kind: 'credential'; readonly accept?: readonly PrincipalKind[] }
  /** A service key. */
  | { readonly kind: 'service' }
  /** `what` completes the refusal: `only a user can …`. */
  | { readonly kind: 'user'; readonly what: string }
  /** Every one of these permissions, in the organization that the path parameter `oid` names. */
  | { readonly kind: 'permissions'; readonly names: readonly string[] };

/** A public document. It is the same for all callers, so caches can store it. */
export interface PublicDocument {
  readonly mediaType?: string;
  /** Seconds that caches can store it. */
  readonly maxAgeSeconds: number;
  /** It never changes under its address. Default false. */
  readonly immutable?: boolean;
}

/** One request, parsed. */
export interface Call<P, F> {
  readonly params: P;
  readonly fields: F;
  /** Undefined on routes that need no credential. */
  readonly caller: Principal | undefined;
  readonly address: string | undefined;
  /** Address whose limits the caller shares: that of its proxy, where the proxy said something that is no address. */
  readonly countedAs: string | undefined;
  readonly headers: CallHeaders;
}

/** A request as the mount hands it to a route: read, but not parsed. */
export type RawCall = Call<unknown, Fields>;

/** Properties of a route that do not depend on its types. */
interface RouteTexts {
  readonly method: Method;
  /** Path in Express's form: `/v1/orgs/:oid/keys`. */
  readonly path: string;
  readonly summary: string;
  readonly needs: Needs;
  readonly document?: PublicDocument;
  /** Largest body in bytes. Default 64 KiB. */
  readonly maxBodyBytes?: number;
  /** The answer's member `etag` goes into the header too, and `If-Match` is looked at. Default false. */
  readonly versioned?: boolean;
  /** It makes something, and `Idempotency-Key` says which repeats are one request. Default false. */
  readonly creates?: boolean;
  /** What it makes takes the place of something that ends, as in a rotation. Default false. */
  readonly replaces?: boolean;
  /** Form of its refusals, for the contract; the error handler mounted behind it writes them. Default `problem`. */
  readonly refusals?: 'problem' | 'oauth';
}

/** Options of {@link defineRoute}. */
export interface RouteOptions<P extends z.ZodObject, F extends z.ZodObject, A extends z.ZodType> extends RouteTexts {
  /** Path parameters; what does not fit is answered 400. */
  readonly params?: P;
  /** Fields of query and body together. Others are left out. */
  readonly fields?: F;
  /** Shape of the answer, for the contract. Answers are not checked against it at run time. */
  readonly answer: A;
  handle(call: Call<z.output<P>, z.output<F>>): Promise<Outcome<z.input<A>>>;
}

/** A route ready to be mounted and described. */
export interface Route extends RouteTexts {
  readonly params: z.ZodObject;
  readonly fields: z.ZodObject;
  readonly answer: z.ZodType;
  /** Checks the path parameters before the caller is checked. */
  checkParams(params: unknown): Outcome<unknown>;
  run(call: RawCall): Promise<Outcome<unknown>>;
}

const NONE = z.object({});

/**
 * Creates one row of the route table, with everything that mounting and the contract need.
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
  P extends z.ZodObject = typeof NONE,
  F extends z.ZodObject = typeof NONE,
>(options: RouteOptions<P, F, A>): Route {
  const { handle, params, fields, ...texts } = options;
  const parseParams = (given: unknown) => parseInput<z.output<P>>(params ?? NONE, given);
  return Object.freeze({
    ...texts,
    params: params ?? NONE,
    fields: fields ?? NONE,
    checkParams: parseParams,
    async run({ caller, address, countedAs, headers, ...given }: RawCall) {
      const parsedParams = parseParams(given.params);
      if (!parsedParams.allowed) return parsedParams;
      const input = fieldsToInput(given.fields);
      if (!input.allowed) return input;
      const parsedFields = parseInput<z.output<F>>(fields ?? NONE, input.value);
      if (!parsedFields.allowed) return parsedFields;
      return handle({ params: parsedParams.value, fields: parsedFields.value, caller, address, countedAs, headers });
    },
  });
}
