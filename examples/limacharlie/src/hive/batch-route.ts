import { allow, type Denial, denyIssues, type Outcome, parseJsonObject } from '@flairgate/core';
import type { RefusalLog } from '@flairgate/core/administration';
import { type Call, defineRoute, type Route, schema } from '@flairgate/server';
import { z } from 'zod';
import type { HiveActions } from './hive-actions.js';
import { common, hiveParams, namedMissing, type RecordRequest, recordFields, recordName } from './hive-route.js';

const PATH = '/v1/hive';

/** Most requests in one batch. */
const MAX_REQUESTS = 1000;

/** The record that a request is about. Records are named; an id besides the name is not looked at. */
const recordId = z.object({
  hive: z.object({ name: hiveParams.shape.hive, partition: schema.uuid() }),
  name: recordName,
});

const metadata = z.object({ usr_mtd: z.unknown().optional(), sys_mtd: z.unknown().optional() });
const content = metadata.extend({ data: z.unknown().optional(), arl: z.unknown().optional() });

/** The requests that a batch can hold. */
const shapes = {
  get_record: z.object({ record_id: recordId }),
  get_record_mtd: z.object({ record_id: recordId }),
  set_record: z.object({ record_id: recordId, record: content }),
  set_record_mtd: metadata.extend({ record_id: recordId }),
  delete_record: z.object({ record_id: recordId }),
} as const;

type Kind = keyof typeof shapes;

const KINDS = Object.keys(shapes) as readonly Kind[];

type Asked = { readonly [K in Kind]: { readonly kind: K; readonly body: z.output<(typeof shapes)[K]> } }[Kind];

type BatchCall = Pick<Call<unknown, unknown>, 'caller' | 'address' | 'countedAs' | 'headers'>;

interface Answer {
  readonly data: Record<string, unknown>;
  readonly error: string;
}

/**
 * Creates the route that runs several requests about records, one after the other, as LimaCharlie's clients batch them.
 *
 * Each is judged like a request of its own and has its own answer; a refused one stops no other.
 */
export function batchRoute(actions: HiveActions, refusals: RefusalLog): Route {
  return defineRoute({
    ...common,
    method: 'POST',
    path: PATH,
    summary: 'Read, write and delete records in one request',
    fields: z.object({
      request: z
        .array(z.unknown(), { error: 'must be a list of requests' })
        .max(MAX_REQUESTS, { error: `must be at most ${MAX_REQUESTS} requests` }),
    }),
    answer: z.object({ responses: z.array(z.object({ data: z.looseObject({}), error: z.string() })) }),
    async handle({ fields: { request: requests }, ...call }) {
      const parsed = requests.map(parseRequest);
      const responses: Answer[] = [];
      for (const asked of parsed) {
        const outcome = asked.allowed ? await run(actions, call, asked.value) : asked;
        if (!outcome.allowed) noteRefusal(refusals, call, outcome);
        responses.push(toAnswer(outcome));
      }
      return allow({ responses });
    },
  });
}

function parseRequest(given: unknown): Outcome<Asked> {
  const request = typeof given === 'string' ? parseJsonObject(Buffer.from(given)) : given;
  const [entry, ...others] = Object.entries(typeof request === 'object' && request !== null ? request : {});
  const kind = KINDS.find((known) => known === entry?.[0]);
  if (kind === undefined || others.length > 0) {
    return denyIssues([{ field: 'request', message: `must be one JSON object with one of ${KINDS.join(', ')}` }]);
  }
  const body = shapes[kind].safeParse(entry?.[1]);
  if (body.success) return allow({ kind, body: body.data } as Asked);
  const field = [kind, ...(body.error.issues[0]?.path ?? [])].join('.');
  return denyIssues([{ field, message: body.error.issues[0]?.message ?? 'is not valid' }]);
}

async function run(actions: HiveActions, call: BatchCall, asked: Asked): Promise<Outcome<object>> {
  const organization = asked.body.record_id.hive.partition;
  const outcome = namedMissing(await act(actions, call, asked));
  return outcome.allowed ? outcome : { ...outcome, organization };
}

function act(actions: HiveActions, call: BatchCall, { kind, body }: Asked): Promise<Outcome<object>> {
  const { hive, name } = body.record_id;
  const request = (sent: object): RecordRequest => ({
    ...call,
    params: { hive: hive.name, oid: hive.partition, name },
    fields: recordFields.parse(sent),
  });
  if (kind === 'get_record') return actions.read(request({}));
  if (kind === 'get_record_mtd') return actions.readMetadata(request({}));
  if (kind === 'delete_record') return actions.remove(request({}));
  if (kind === 'set_record') return actions.write(request(withoutNulls(body.record)));
  return actions.writeMetadata(request(withoutNulls(body)));
}

/** Removes members that are null: Go writes them for what is not there. */
function withoutNulls(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** Writes a refusal to the audit, as the error handler does for a request of its own. */
function noteRefusal(refusals: RefusalLog, { caller, countedAs = '' }: BatchCall, denial: Denial): void {
  if (caller !== undefined) refusals.note({ caller, denial, address: countedAs, target: `POST ${PATH}` });
}

function toAnswer(outcome: Outcome<object>): Answer {
  return outcome.allowed ? { data: { ...outcome.value }, error: '' } : { data: {}, error: outcome.detail };
}
