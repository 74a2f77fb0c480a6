import { allow, type Outcome } from '@flairgate/core';
import { type Call, defineRoute, type Route, schema } from '@flairgate/server';
import { z } from 'zod';
import { type Asking, createObjects, type ObjectOptions, type Objects } from '../objects/objects.js';
import { askingOf } from '../objects/requester.js';

const KIND = 'config';
const params = z.object({ oid: schema.uuid(), name: z.string().regex(/^[\w.-]{1,128}$/, { error: 'must be a name' }) });
const stored = z.object({ value: z.string() });

/** `value` is null, and `opaque` beside it, where the content is withheld. */
const shown = z.object({ config: z.string(), value: z.string().nullable(), opaque: z.literal(true).optional() });

/** LimaCharlie's configuration values of an organization: texts by name. */
export function configRoutes(options: ObjectOptions): readonly Route[] {
  const objects = createObjects(options);
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/configs/:oid/:name',
      summary: 'Read a configuration value',
      needs: { kind: 'permissions', names: ['org.conf.get'] },
      params,
      answer: shown,
      handle: (call) => withAsking(call, (asking) => readValue(objects, asking, call.params.name)),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/configs/:oid/:name',
      summary: 'Set a configuration value',
      needs: { kind: 'permissions', names: ['org.conf.set'] },
      params,
      fields: z.object({ value: schema.text() }),
      answer: z.object({ success: z.literal(true) }),
      handle: (call) =>
        withAsking(call, async (asking) => {
          const written = await writeValue(objects, asking, call.params.name, { value: call.fields.value });
          return written.allowed ? allow({ success: true as const }) : written;
        }),
    }),
  ];
}

async function readValue(objects: Objects, asking: Asking, name: string): Promise<Outcome<z.output<typeof shown>>> {
  const found = await objects.read(asking, name);
  if (!found.allowed) return found;
  const { data } = found.value;
  if (data === null) return allow({ config: name, value: null, opaque: true as const });
  return allow({ config: name, ...stored.parse(JSON.parse(data)) });
}

/** Replaces the value, or creates it where it is missing. One that is hidden is taken. */
async function writeValue(objects: Objects, asking: Asking, name: string, data: object): Promise<Outcome<unknown>> {
  const replaced = await objects.replace(asking, name, data);
  return replaced.allowed || replaced.code !== 'ERR_NOT_FOUND' ? replaced : objects.create(asking, data, name);
}

async function withAsking<T>(
  { caller, params: { oid } }: Pick<Call<{ readonly oid: string }, unknown>, 'caller' | 'params'>,
  work: (asking: Asking) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const asking = askingOf(caller, oid, KIND);
  return asking.allowed ? work(asking.value) : asking;
}
