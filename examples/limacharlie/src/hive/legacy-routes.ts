import { allow, type Outcome, type Principal, parseJsonObject } from '@flairgate/core';
import { type Call, defineRoute, type Route, schema, streamedAnswer } from '@flairgate/server';
import { z } from 'zod';
import type { AuthorizeHive } from './authorize-hive.js';
import type { HiveActions } from './hive-actions.js';
import { namedMissing, type RecordRequest, recordFields, recordName } from './hive-route.js';
import type { HiveOptions } from './hive-routes.js';
import { listRecords } from './read-records.js';
import type { SeenRecord } from './record.js';
import { MAX_RECORD_BYTES } from './record-content.js';

/** Hives of the namespaces of rules. */
const NAMESPACES = { general: 'dr-general', managed: 'dr-managed', service: 'dr-service' } as const;

const params = z.object({ oid: schema.uuid() });
const namespace = z.enum(['general', 'managed', 'service'], { error: 'must be general, managed or service' });
const success = z.object({ success: z.literal(true) });

/** Fields of both kinds of rules, as LimaCharlie's older SDK sends them. */
const common = z.object({
  name: recordName,
  is_replace: schema.flag().default(false),
  is_enabled: schema.flag().default(true),
  expire_on: schema.whole().optional().describe('Unix time in seconds'),
});
const rule = common.extend({ namespace: namespace.default('general'), detection: z.unknown(), response: z.unknown() });
const falsePositive = common.extend({ rule: z.unknown() });

type LegacyCall = Pick<
  Call<z.output<typeof params>, unknown>,
  'caller' | 'address' | 'countedAs' | 'headers' | 'params'
>;

/** The older paths of rules: `/v1/rules/:oid` and `/v1/fp/:oid`, on the records of hives. */
export function legacyRoutes(options: HiveOptions, authorize: AuthorizeHive, actions: HiveActions): readonly Route[] {
  return [
    listRoute(options, authorize, '/v1/rules/:oid'),
    listRoute(options, authorize, '/v1/fp/:oid'),
    addRuleRoute(actions),
    addFalsePositiveRoute(actions),
    removeRoute(actions, '/v1/rules/:oid'),
    removeRoute(actions, '/v1/fp/:oid'),
  ];
}

type Path = '/v1/rules/:oid' | '/v1/fp/:oid';

function hiveOf(path: Path, name: keyof typeof NAMESPACES): string {
  return path === '/v1/fp/:oid' ? 'fp' : NAMESPACES[name];
}

function listRoute({ records }: HiveOptions, authorize: AuthorizeHive, path: Path): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'List rules by name, in the form of older clients',
    needs: { kind: 'credential' },
    params,
    fields: z.object({ namespace: namespace.default('general') }),
    answer: z.record(z.string(), z.looseObject({})),
    async handle({ caller, params: { oid }, fields }) {
      const hive = hiveOf(path, fields.namespace);
      const view = authorize({ caller, params: { hive, oid } }, 'get');
      if (!view.allowed) return view;
      return allow(streamedAnswer(listText(listRecords(records, view.value, hive))));
    },
  });
}

async function* listText(pages: AsyncIterable<readonly SeenRecord[]>): AsyncGenerator<string> {
  let before = '{';
  for await (const page of pages) {
    for (const row of page) {
      yield `${before}${JSON.stringify(row.name)}:${JSON.stringify(toLegacy(row))}`;
      before = ',';
    }
  }
  yield before === '{' ? '{}' : '}';
}

/** Withheld content is blank, as these clients expect it. */
function toLegacy({ name, data, opaque, enabled, author, last_mod: modified }: SeenRecord): object {
  const content: { detect?: unknown; respond?: unknown } = typeof data === 'string' ? JSON.parse(data) : {};
  const beside = { name, is_enabled: Number(enabled) === 1, by: author, last_mod: Math.floor(Number(modified) / 1000) };
  return opaque === true
    ? { ...beside, detect: '', respond: '', opaque }
    : { ...beside, ...content, detect: content.detect ?? content, respond: content.respond ?? [] };
}

function addRuleRoute(actions: HiveActions): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/rules/:oid',
    summary: 'Create or replace a rule, in the form of older clients',
    needs: { kind: 'credential' },
    maxBodyBytes: MAX_RECORD_BYTES,
    params,
    fields: rule,
    answer: success,
    async handle({ fields, ...call }) {
      const detect = toJson(fields.detection);
      const respond = toJson(fields.response);
      const data = detect === undefined || respond === undefined ? '' : { detect, respond };
      return add(actions, call, { hive: NAMESPACES[fields.namespace], data, fields });
    },
  });
}

function addFalsePositiveRoute(actions: HiveActions): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/fp/:oid',
    summary: 'Create or replace a false positive rule, in the form of older clients',
    needs: { kind: 'credential' },
    maxBodyBytes: MAX_RECORD_BYTES,
    params,
    fields: falsePositive,
    answer: success,
    handle: ({ fields, ...call }) => add(actions, call, { hive: 'fp', data: toJson(fields.rule) ?? '', fields }),
  });
}

/** Writes a record; without `is_replace`, a name that is taken stays. */
async function add(
  actions: HiveActions,
  call: LegacyCall,
  { hive, data, fields }: { readonly hive: string; readonly data: unknown; readonly fields: z.output<typeof common> },
): Promise<Outcome<{ success: true }>> {
  const usrMtd = { enabled: fields.is_enabled, expiry: (fields.expire_on ?? 0) * 1000 };
  const request = toRequest(call, { hive, name: fields.name }, { data, usr_mtd: usrMtd });
  const written = await (fields.is_replace ? actions.write(request) : actions.create(request));
  return written.allowed ? allow({ success: true as const }) : written;
}

function removeRoute(actions: HiveActions, path: Path): Route {
  return defineRoute({
    method: 'DELETE',
    path,
    summary: 'Delete a rule, in the form of older clients',
    needs: { kind: 'credential' },
    params,
    fields: z.object({ name: recordName, namespace: namespace.default('general') }),
    answer: success,
    async handle({ fields, ...call }) {
      const place = { hive: hiveOf(path, fields.namespace), name: fields.name };
      const removed = namedMissing(await actions.remove(toRequest(call, place, {})));
      return removed.allowed ? allow({ success: true as const }) : removed;
    },
  });
}

function toRequest(
  { params: { oid }, ...call }: LegacyCall & { readonly caller: Principal | undefined },
  { hive, name }: { readonly hive: string; readonly name: string },
  sent: object,
): RecordRequest {
  return { ...call, params: { hive, oid, name }, fields: recordFields.parse(sent) };
}

/** Reads an object or a list that was sent as such or as JSON text. */
function toJson(given: unknown): unknown {
  if (typeof given !== 'string') return typeof given === 'object' && given !== null ? given : undefined;
  const wrapped = parseJsonObject(Buffer.from(`{"value":${given}}`));
  return wrapped === undefined || Object.keys(wrapped).length !== 1 ? undefined : Reflect.get(wrapped, 'value');
}
