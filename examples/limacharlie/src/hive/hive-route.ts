import type { Outcome, Principal } from '@flairgate/core';
import { isPlainText } from '@flairgate/core';
import { type Call, defineRoute, type Method, type Route, schema } from '@flairgate/server';
import { z } from 'zod';

const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_NAME_CHARACTERS = 256;
const MAX_ETAG_CHARACTERS = 128;

/** Names are data: printable, and nothing that a reader could not see. */
export const recordName = z
  .string({ error: 'is required' })
  .min(1, { error: 'is required' })
  .max(MAX_NAME_CHARACTERS, { error: `must be at most ${MAX_NAME_CHARACTERS} characters` })
  .refine((name) => isPlainText(name) && !/\p{C}/u.test(name), { error: 'printable characters only' });

const hiveParams = z.object({ hive: z.string(), oid: schema.uuid() });
const recordParams = hiveParams.extend({ name: recordName });

/** Every field these routes know. `data` and `usr_mtd` are JSON objects, or their text in a form. */
const fields = z.object({
  data: z.unknown().optional(),
  usr_mtd: z.unknown().optional(),
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
  readonly fields: z.output<typeof fields>;
}

const common = {
  needs: { kind: 'credential' },
  maxBodyBytes: MAX_RECORD_BYTES,
  answer: z.looseObject({}),
} as const;

const HIVE_PATH = '/v1/hive/:hive/:oid';

/** A route about a hive as a whole. Which permission it needs hangs on the hive, so its handler judges that. */
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

/** A route about one record; `suffix` is what follows its name in the path. */
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
    fields,
    handle: async (call) => loose(await handle(call)),
  });
}

function loose(outcome: Outcome<object>): Outcome<Record<string, unknown>> {
  return outcome.allowed ? { allowed: true, value: { ...outcome.value } } : outcome;
}
