import { denialTable } from '@flairgate/core';
import { z } from 'zod';
import type { Needs, Route } from '../route/define-route.js';
import { exampleOf } from './examples.js';
import { describeOperation, tagOf, tagsOf } from './operation-texts.js';

type Json = Readonly<Record<string, unknown>>;

/** Security requirement of routes that accept a key or a token. */
const SECURITY = [{ apiKey: [] }, { bearer: [] }];

/** OpenAPI description of a refusal's body, for each format in which routes send refusals. */
const REFUSALS = {
  problem: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  oauth: { 'application/json': { schema: { $ref: '#/components/schemas/OAuthRefusal' } } },
} as const satisfies Record<NonNullable<Route['refusals']>, Json>;

/** Version of the HTTP contract, and path under which the service is mounted. */
export interface DocumentPlace {
  readonly version: string;
  /** Path of the service on its host, such as `/auth`; empty at the root. */
  readonly basePath: string;
}

/**
 * Describes a route table as an OpenAPI 3.1 document. The document contains the same schemas that parse the requests.
 *
 * Routes accept fields in the query, in a form and in JSON. For `GET`, the document describes only the query. For all
 * other methods, it describes only the form and JSON.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(routes: readonly Route[], { version, basePath }: DocumentPlace): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = templateOf(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Flairgate',
      version,
      description: 'Keys, users, groups and policies of organizations, and the exchange of keys for tokens.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath, description: 'The service that serves this document' }],
    tags: tagsOf(routes),
    paths,
    components: {
      schemas: { Problem: problemSchema(), OAuthRefusal: OAUTH_REFUSAL },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        serviceKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A service key' },
      },
    },
  };
}

function operationOf(route: Route): Json {
  const { method, path, summary, needs, answer } = route;
  const body = method === 'GET' ? undefined : bodyOf(route);
  const parameters = [
    ...parametersOf('path', route.params),
    ...(method === 'GET' ? parametersOf('query', route.fields) : []),
    ...headersOf(route),
  ];
  return {
    operationId: operationIdOf(method, path),
    summary,
    description: describeOperation(route),
    tags: [tagOf(path)],
    'x-needs': needs,
    security: securityOf(needs),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      200: {
        description: 'Success',
        content: { [route.document?.mediaType ?? 'application/json']: withExample(schemaOf(answer, 'output')) },
      },
      ...refusalsOf(route),
      default: refusal('Refused', route),
    },
  };
}

/** Returns descriptions of the request headers that a route reads, without the header of the credential. */
function headersOf({ method, needs: { kind }, versioned = false, creates = false }: Route): readonly Json[] {
  if (method === 'GET') return [];
  return [
    ...(versioned ? [header('If-Match', 'Changes only the version with this ETag', method === 'PATCH')] : []),
    ...(versioned && method === 'PUT' ? [header('If-None-Match', '`*` to create, and never replace')] : []),
    ...(creates
      ? [header('Idempotency-Key', 'A repeated request with the same key within 24 hours creates nothing')]
      : []),
    ...(PRIVATE.has(kind) ? [header('X-Reason', 'Reason for the command, for the audit')] : []),
  ];
}

const PRIVATE: ReadonlySet<Needs['kind']> = new Set(['credential', 'user', 'permissions']);

function header(name: string, description: string, required = false): Json {
  return { name, in: 'header', required, description, schema: { type: 'string', maxLength: 255 } };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject): readonly Json[] {
  const { properties = {}, required = [] } = objectSchemaOf(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...exampleMember(exampleOf(toJson(property), name)),
    schema: property,
  }));
}

function bodyOf({ fields, needs: { kind } }: Route): Json | undefined {
  const schema = objectSchemaOf(fields);
  if (Object.keys(schema.properties ?? {}).length === 0) return undefined;
  const content = withExample(schema);
  // API viewers open with the first format in this list. Their form fields hide a typed secret, but their text field
  // for JSON does not.
  const form = { 'application/x-www-form-urlencoded': content };
  const json = { 'application/json': content };
  return {
    required: (schema.required ?? []).length > 0,
    content: kind === 'secret' ? { ...form, ...json } : { ...json, ...form },
  };
}

function withExample(schema: Json): Json {
  return { schema, ...exampleMember(exampleOf(schema)) };
}

function exampleMember(example: unknown): Json {
  return example === undefined ? {} : { example };
}

function toJson(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});

function objectSchemaOf(schema: z.ZodObject) {
  return objectSchema.parse(schemaOf(schema, 'input'));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ jsonSchema }) {
      // For zod, `readOnly` means that the program does not change the value. In OpenAPI, it would mean that clients
      // must not send it.
      if (io === 'input') delete jsonSchema.readOnly;
    },
  });
  return rest;
}

function securityOf(needs: Needs): readonly Json[] {
  const { kind } = needs;
  if (kind === 'nothing' || kind === 'secret') return [];
  if (needs.kind !== 'service') return SECURITY;
  return needs.orFederation ? [{ serviceKey: [] }, {}] : [{ serviceKey: [] }];
}

/**
 * Returns descriptions of the refusals that are typical of this route. The response `default` describes all other
 * refusals.
 */
function refusalsOf(route: Route): Json {
  const { kind } = route.needs;
  const { versioned = false, creates = false, method } = route;
  const closed = kind === 'permissions' ? 'No valid credential, or a missing permission' : 'No valid credential';
  return {
    400: refusal('The request is not valid', route),
    ...(kind === 'nothing' ? {} : { 401: refusal(closed, route) }),
    ...(kind === 'nothing' || method === 'GET' ? {} : { 403: refusal('More than the caller may do or give', route) }),
    ...(Object.keys(route.params.shape).some((name) => name !== 'oid') ? { 404: refusal('Not found', route) } : {}),
    ...(creates ? { 409: refusal('The name is taken, or this idempotency key was used before', route) } : {}),
    ...(versioned && method !== 'GET' ? { 412: refusal('Another version than the expected one', route) } : {}),
    429: refusal('Too many requests; Retry-After says when to send it again', route),
    503: refusal('The store cannot be reached, or the change does not apply everywhere yet', route),
  };
}

function refusal(description: string, { refusals = 'problem' }: Route): Json {
  return { description, content: REFUSALS[refusals] };
}

/** Schema of an OAuth error response. @see RFC 6749 section 5.2 */
const OAUTH_REFUSAL = {
  type: 'object',
  required: ['error', 'error_description'],
  properties: { error: { type: 'string' }, error_description: { type: 'string' } },
  additionalProperties: true,
};

/** Returns the schema of a problem document. @see RFC 9457 */
function problemSchema(): Json {
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code', 'error'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', enum: Object.keys(denialTable) },
      error: { type: 'string', description: 'The same as detail' },
    },
    additionalProperties: true,
  };
}

/** Converts the path of a route to OpenAPI syntax: `:oid` becomes `{oid}`. */
function templateOf(path: string): string {
  return path.replace(/:([a-z_]+)/g, '{$1}');
}

/**
 * Returns the operation id, such as `getOrgsOidKeys` for `GET /v1/orgs/:oid/keys`. The id consists of the method and
 * the path without `v1`, so that no two operations have the same id.
 */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1');
  const named = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return method.toLowerCase() + named.join('');
}
