import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import type { Received, RunningService } from './running-service.ts';

const content = z.record(z.string(), z.looseObject({ schema: z.unknown() }));
const parameter = z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean() });
const operationShape = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z.array(parameter.loose()).default([]),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content })),
});
const scheme = z.looseObject({ type: z.string(), name: z.string().optional(), scheme: z.string().optional() });
const documentShape = z.looseObject({
  servers: z.tuple([z.looseObject({ url: z.string() })]),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({ securitySchemes: z.record(z.string(), scheme) }),
});

type Values = Readonly<Record<string, string | readonly string[]>>;
type Description = z.infer<typeof documentShape>;

/** One operation of the document, and where it stands. */
export interface Described extends z.infer<typeof operationShape> {
  readonly method: string;
  readonly path: string;
}

/** Input of an operation. `key` is sent where the document says that credentials are sent. */
export interface Call {
  readonly key?: string;
  readonly values?: Values;
  readonly mediaType?: string;
}

/** A client that knows nothing of the service but its document. */
export interface DescribedClient {
  readonly operations: readonly Described[];
  /** Gives the answer. Throws when the document does not describe the call, or describes another answer. */
  call(operationId: string, call?: Call): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function describedClient(running: RunningService, given: unknown): DescribedClient {
  const document = documentShape.parse(given);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
  // The compiler looks at the whole document before it follows a pointer into it.
  const ajv = new Ajv2020({ allErrors: true }).addVocabulary(Object.keys(document));
  ajv.addSchema({ ...document, $id: 'openapi.json' });
  return {
    operations,
    async call(operationId, call = {}) {
      const operation = operations.find((one) => one.operationId === operationId);
      if (operation === undefined) throw new Error(`no operation ${operationId}`);
      const received = await running.send({
        method: operation.method.toUpperCase(),
        path: document.servers[0].url.replace(/\/$/, '') + targetOf(operation, call.values),
        ...bodyOf(operation, call, credentialOf(document, operation, call)),
      });
      checkAnswer(ajv, operation, received);
      return { status: received.status, body: z.record(z.string(), z.unknown()).parse(received.body) };
    },
  };
}

function targetOf({ path, parameters, operationId }: Described, values: Values = {}): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: where, required } of parameters) {
    const value = values[name];
    if (value === undefined && required) throw new Error(`${operationId} needs ${name}`);
    if (value === undefined || where === 'header') continue;
    if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(String(value)));
    else for (const one of [value].flat()) query.append(name, one);
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}

/** The headers, and the body of what is no parameter. */
function bodyOf(
  { requestBody, parameters, operationId }: Described,
  { values = {}, mediaType = 'application/json' }: Call,
  headers: Readonly<Record<string, string>>,
) {
  const rest = Object.entries(values).filter(([name]) => parameters.every((one) => one.name !== name));
  if (rest.length === 0) return { headers };
  if (requestBody?.content[mediaType] === undefined) throw new Error(`${operationId} takes no ${mediaType}`);
  const pairs = rest.flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const body =
    mediaType === 'application/json' ? JSON.stringify(Object.fromEntries(rest)) : new URLSearchParams(pairs).toString();
  return { headers: { ...headers, 'Content-Type': mediaType }, body };
}

function credentialOf({ components }: Description, { security }: Described, { key }: Call): Record<string, string> {
  const [first] = Object.keys(security[0] ?? {});
  if (key === undefined || first === undefined) return {};
  const { type, name = 'Authorization' } = components.securitySchemes[first] ?? {};
  return { [name]: type === 'apiKey' ? key : `Bearer ${key}` };
}

function checkAnswer(ajv: Ajv2020, { path, method, operationId, responses }: Described, received: Received): void {
  const status = String(received.status) in responses ? String(received.status) : 'default';
  const [mediaType = ''] = String(received.headers['content-type']).split(';');
  const place = ['paths', path, method, 'responses', status, 'content', mediaType, 'schema'];
  const said = `${operationId}: ${received.status} ${mediaType}`;
  if (responses[status]?.content[mediaType] === undefined) throw new Error(`${said} is not in the document`);
  const check = ajv.getSchema(`openapi.json#/${place.map(pointerToken).join('/')}`);
  if (check?.(received.body) !== true) throw new Error(`${said}: ${ajv.errorsText(check?.errors)}`);
}

/** @see RFC 6901, section 6 */
function pointerToken(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}
