import { deny, isPlainText, type Outcome, type Principal } from '@flairgate/core';
import { type Call, defineRoute, type Method, type Route, schema } from '@flairgate/server';
import { z } from 'zod';
import { NO_HIVE } from './authorize-hive.js';
import { toStoredHive } from './hives.js';
import { MAX_RECORD_BYTES } from './record-content.js';

const MAX_NAME_CHARACTERS = 256;
const MAX_ETAG_CHARACTERS = 128;

/** Names are data: printable, and nothing that a reader could not see. */
export const recordName = z
  .string({ error: 'is required' })
  .min(1, { error: 'is required' })
  .max(MAX_NAME_CHARACTERS, { error: `must be at most ${MAX_NAME_CHARACTERS} characters` })
  .refine((name) => isPlainText(name) && !/\p{C}/u.test(name), { error: 'printable characters only' });

export const hiveParams = z.object({ hive: z.string().transform(toStoredHive), oid: schema.uuid() });
const recordParams = hiveParams.extend({ name: recordName });

/** Every field these routes know. `data`, `usr_mtd` and `sys_mtd` are JSON objects, or their text in a form. */
export const recordFields = z.object({
  data: z.unknown().optional(),
  gzdata: z.unknown().optional(),
  arl: z.unknown().optional(),
  usr_mtd: z.unknown().optional(),
  sys_mtd: z.unknown().optional(),
  etag: z.string().max(MAX_ETAG_CHARACTERS).refine(isPlainText).optional(),
  new_name: recordName.optional(),
  to: z.string().min(1).max(MAX_ETAG_CHARACTERS).refine(isPlainText).optional(),
});

/** A call about a hive. */
export interface HiveRequest {
  readonly caller: Principal | undefined;
  readonly params: z.output<typeof hiveParams>;
}

/** A call about one record. */
export interface RecordRequest extends Pick<Call<unknown, unknown>, 'caller' | 'address' | 'headers'> {
  readonly params: z.output<typeof recordParams>;
  readonly fields: z.output<typeof recordFields>;
}

export const common = {
  needs: { kind: 'credential' },
  maxBodyBytes: MAX_RECORD_BYTES,
  answer: z.looseObject({}),
} as const;

const HIVE_PATH = '/v1/hive/:hive/:oid';

/** Creates a route about a hive as a whole. The permission depends on the hive, so the handler checks it. */
export function hiveRoute(summary: string, handle: (request: HiveRequest) => Promise<Outcome<object>>): Route {
  return defineRoute({
    ...common,
    method: 'GET',
    path: HIVE_PATH,
    summary,
    params: hiveParams,
    handle: async (call) => loose(await handle(call)),
  });
}

/** Creates a route about one record; `suffix` is what follows its name in the path. */
export function recordRoute(
  method: Method,
  suffix: '' | '/data' | '/mtd' | '/validate' | '/rename' | '/lock',
  summary: string,
  handle: (request: RecordRequest) => Promise<Outcome<object>>,
): Route {
  return defineRoute({
    ...common,
    method,
    path: `${HIVE_PATH}/:name${suffix}`,
    summary,
    params: recordParams,
    fields: recordFields,
    handle: async (call) => loose(namedMissing(await handle(call))),
  });
}

/** A missing and a hidden record have one answer. LimaCharlie's clients know it by `RECORD_NOT_FOUND`. */
export function namedMissing<T>(outcome: Outcome<T>): Outcome<T> {
  if (outcome.allowed || outcome.code !== 'ERR_NOT_FOUND' || outcome.detail?.startsWith(NO_HIVE)) return outcome;
  const { detail } = deny('ERR_NOT_FOUND', { detail: 'RECORD_NOT_FOUND: there is no such record' });
  return { ...outcome, detail };
}

export function loose(outcome: Outcome<object>): Outcome<Record<string, unknown>> {
  return outcome.allowed ? { allowed: true, value: { ...outcome.value } } : outcome;
}
