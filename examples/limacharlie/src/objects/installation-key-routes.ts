import { allow, denyIssues, type Outcome } from '@flairgate/core';
import { type Call, defineRoute, type Route, schema, streamedAnswer } from '@flairgate/server';
import { z } from 'zod';
import { type Asking, createObjects, type ObjectOptions, type Objects, type SeenObject } from './objects.js';
import { askingOf } from './requester.js';

const PATH = '/v1/installationkeys/:oid';
const KIND = 'installation-key';

const params = z.object({ oid: schema.uuid() });
const oneParams = params.extend({ iid: schema.uuid() });
const content = z.object({
  desc: schema.text().default(''),
  tags: schema.list().default([]),
  use_public_root_ca: schema.flag().default(false),
});
const printed = z.object({
  iid: z.string(),
  key: z.string().nullable().describe('What a sensor is given to enroll with'),
  json_key: z.string().nullable().describe('The same as JSON text'),
  desc: z.string().nullable(),
  tags: z.string().nullable().describe('With commas between'),
  use_public_root_ca: z.boolean().nullable(),
  opaque: z.literal(true).optional(),
  created: z.int(),
  created_by: z.string(),
});
const success = z.object({ success: z.literal(true) });

const needs = {
  list: { kind: 'permissions', names: ['ikey.list'] },
  set: { kind: 'permissions', names: ['ikey.set'] },
  del: { kind: 'permissions', names: ['ikey.del'] },
} as const;

/** LimaCharlie's installation keys, which enrol sensors: here a resource like any other. */
export function installationKeyRoutes(options: ObjectOptions): readonly Route[] {
  const objects = createObjects(options);
  return [...readRoutes(objects), ...writeRoutes(objects), ...deleteRoutes(objects)];
}

function readRoutes(objects: Objects): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      summary: 'List installation keys',
      needs: needs.list,
      params,
      answer: z.record(z.string(), z.record(z.string(), printed)),
      handle: (call) =>
        withAsking(call, async (asking) => allow(streamedAnswer(listText(call.params.oid, objects.list(asking))))),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/:iid`,
      summary: 'Read an installation key',
      needs: needs.list,
      params: oneParams,
      answer: printed,
      handle: (call) =>
        withAsking(call, async (asking) => {
          const key = await objects.read(asking, call.params.iid);
          return key.allowed ? allow(print(key.value)) : key;
        }),
    }),
  ];
}

async function* listText(oid: string, pages: AsyncIterable<readonly SeenObject[]>): AsyncGenerator<string> {
  const start = `{${JSON.stringify(oid)}:{`;
  let before = start;
  for await (const page of pages) {
    for (const key of page.map(print)) {
      yield `${before}${JSON.stringify(key.iid)}:${JSON.stringify(key)}`;
      before = ',';
    }
  }
  yield before === ',' ? '}}' : `${before}}}`;
}

function writeRoutes(objects: Objects): readonly Route[] {
  const answer = z.object({ iid: z.string() });
  return [
    defineRoute({
      method: 'POST',
      path: PATH,
      summary: 'Create an installation key',
      needs: needs.set,
      params,
      fields: content.extend({ iid: schema.uuid().optional().describe('Default: a new one') }),
      answer,
      handle: (call) =>
        withAsking(call, async (asking) => {
          const { iid, ...data } = call.fields;
          const created = await objects.create(asking, data, iid);
          return created.allowed ? allow({ iid: created.value }) : created;
        }),
    }),
    defineRoute({
      method: 'POST',
      path: `${PATH}/:iid`,
      summary: 'Replace description and tags of an installation key',
      needs: needs.set,
      params: oneParams,
      fields: content,
      answer,
      handle: (call) =>
        withAsking(call, async (asking) => {
          const { iid } = call.params;
          const replaced = await objects.replace(asking, iid, call.fields);
          return replaced.allowed ? allow({ iid }) : replaced;
        }),
    }),
  ];
}

function deleteRoutes(objects: Objects): readonly Route[] {
  const summary = 'Delete an installation key';
  const remove = async (asking: Asking, iid: string) => {
    const removed = await objects.remove(asking, iid);
    return removed.allowed ? allow({ success: true as const }) : removed;
  };
  return [
    defineRoute({
      method: 'DELETE',
      path: PATH,
      summary,
      needs: needs.del,
      params,
      // In the path it is missing; LimaCharlie's SDK sends it in the body.
      fields: z.object({ iid: schema.uuid().optional() }),
      answer: success,
      handle: (call) =>
        withAsking(call, async (asking) => {
          const { iid } = call.fields;
          return iid === undefined ? denyIssues([{ field: 'iid', message: 'is required' }]) : remove(asking, iid);
        }),
    }),
    defineRoute({
      method: 'DELETE',
      path: `${PATH}/:iid`,
      summary,
      needs: needs.del,
      params: oneParams,
      answer: success,
      handle: (call) => withAsking(call, (asking) => remove(asking, call.params.iid)),
    }),
  ];
}

async function withAsking<T>(
  { caller, params: { oid } }: Pick<Call<{ readonly oid: string }, unknown>, 'caller' | 'params'>,
  work: (asking: Asking) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const asking = askingOf(caller, oid, KIND);
  return asking.allowed ? work(asking.value) : asking;
}

function print({ id, data, opaque, author, created_at: at, oid }: SeenObject): z.output<typeof printed> {
  const created = Math.floor(Number(at) / 1000);
  const beside = { ...(opaque === true ? { opaque } : {}), created, created_by: author };
  if (data === null) {
    return { iid: id, key: null, json_key: null, desc: null, tags: null, use_public_root_ca: null, ...beside };
  }
  const { tags, ...others } = content.parse(JSON.parse(data));
  const jsonKey = JSON.stringify({ oid, iid: id });
  const key = Buffer.from(jsonKey).toString('base64');
  return { iid: id, key, json_key: jsonKey, ...others, tags: tags.join(','), ...beside };
}
