import {
  allow,
  type Catalogue,
  compileRequirement,
  decidePermissions,
  deny,
  type Outcome,
  type Principal,
  parseJsonObject,
  type Requirement,
} from '@flairgate/core';
import { defineRoute, type Route, schema, streamedAnswer } from '@flairgate/server';
import { z } from 'zod';
import { denyMissing } from '../deny-missing.js';
import { type Asking, createObjects, type ObjectOptions, type Objects, type SeenObject } from './objects.js';
import { askingOf } from './requester.js';

const PATH = '/v1/limeobjects/:oid/:type';
const VERBS = ['read', 'write', 'add', 'delete'] as const;
type Verb = (typeof VERBS)[number];

/** Required permissions by object type and verb. */
type Types = ReadonlyMap<string, Readonly<Record<Verb, Requirement>>>;

const params = z.object({ oid: schema.uuid(), type: z.string() });
const oneParams = params.extend({ id: schema.uuid() });
const fields = z.object({ data: z.unknown().optional() });
const answer = z.looseObject({});

interface Asked {
  readonly caller: Principal | undefined;
  readonly params: z.output<typeof params>;
}

/** Runs work for callers that have the permission for objects of the type. */
type Enter = <T>(call: Asked, verb: Verb, work: (asking: Asking) => Promise<Outcome<T>>) => Promise<Outcome<T>>;

/** Objects of Lime's types, each under `<type>.read`, `.write`, `.add` and `.delete`. */
export function limeObjectRoutes(options: ObjectOptions & { readonly catalogue: Catalogue }): readonly Route[] {
  const objects = createObjects(options);
  const enter = createEnter(typesOf(options.catalogue));
  return [...readRoutes(objects, enter), ...writeRoutes(objects, enter)];
}

function readRoutes(objects: Objects, enter: Enter): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      summary: 'List objects of a type',
      needs: { kind: 'credential' },
      params,
      answer,
      handle: (call) => enter(call, 'read', async (asking) => allow(streamedAnswer(listText(objects.list(asking))))),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/:id`,
      summary: 'Read an object',
      needs: { kind: 'credential' },
      params: oneParams,
      answer,
      handle: (call) =>
        enter(call, 'read', async (asking) => {
          const read = await objects.read(asking, call.params.id);
          return read.allowed ? allow(print(read.value)) : read;
        }),
    }),
  ];
}

async function* listText(pages: AsyncIterable<readonly SeenObject[]>): AsyncGenerator<string> {
  let before = '{"limeobjects":[';
  for await (const page of pages) {
    for (const object of page) {
      yield `${before}${JSON.stringify(print(object))}`;
      before = ',';
    }
  }
  yield before === ',' ? ']}' : `${before}]}`;
}

function writeRoutes(objects: Objects, enter: Enter): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: PATH,
      summary: 'Add an object',
      needs: { kind: 'credential' },
      params,
      fields,
      answer,
      handle: (call) =>
        enter(call, 'add', async (asking) => {
          const data = objectOf(call.fields.data);
          if (data === undefined) return noData();
          const created = await objects.create(asking, data);
          return created.allowed ? allow({ id: created.value }) : created;
        }),
    }),
    defineRoute({
      method: 'PUT',
      path: `${PATH}/:id`,
      summary: 'Replace an object',
      needs: { kind: 'credential' },
      params: oneParams,
      fields,
      answer,
      handle: (call) =>
        enter(call, 'write', async (asking) => {
          const { id } = call.params;
          const replaced = await objects.replace(asking, id, objectOf(call.fields.data));
          if (!replaced.allowed) return replaced.code === 'ERR_VALIDATION' ? noData() : replaced;
          return allow({ id });
        }),
    }),
    defineRoute({
      method: 'DELETE',
      path: `${PATH}/:id`,
      summary: 'Delete an object',
      needs: { kind: 'credential' },
      params: oneParams,
      answer,
      handle: (call) =>
        enter(call, 'delete', async (asking) => {
          const removed = await objects.remove(asking, call.params.id);
          return removed.allowed ? allow({ success: true }) : removed;
        }),
    }),
  ];
}

function typesOf(catalogue: Catalogue): Types {
  const types = new Map<string, Readonly<Record<Verb, Requirement>>>();
  for (const { name } of catalogue.entries) {
    const type = name.slice(0, name.lastIndexOf('.'));
    if (types.has(type) || !VERBS.every((verb) => catalogue.has(`${type}.${verb}`))) continue;
    const need = (verb: Verb) => compileRequirement([`${type}.${verb}`], catalogue, 'all');
    types.set(type, { read: need('read'), write: need('write'), add: need('add'), delete: need('delete') });
  }
  return types;
}

/** An unknown type is missing; another organization is answered as a missing permission. */
function createEnter(types: Types): Enter {
  return async ({ caller, params: { oid, type } }, verb, work) => {
    const requirement = types.get(type)?.[verb];
    if (requirement === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such type' });
    const view = caller?.in(oid);
    const judgement = decidePermissions(requirement, view?.bits ?? []);
    const asking = askingOf(caller, oid, type);
    if (judgement.allowed && asking.allowed) return work(asking.value);
    const missing = judgement.allowed ? requirement.names : judgement.missing;
    return denyMissing(missing, view !== undefined);
  };
}

function objectOf(given: unknown): object | undefined {
  if (typeof given === 'string') return parseJsonObject(Buffer.from(given));
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? given : undefined;
}

function noData(): Outcome<never> {
  const message = 'must be one JSON object, nested at most 32 deep, with each member once';
  return deny('ERR_VALIDATION', { members: { issues: [{ field: 'data', message }] } });
}

function print({ id, kind, data, opaque, ...row }: SeenObject) {
  return {
    id,
    type: kind,
    data: data === null ? null : JSON.parse(data),
    ...(opaque === true ? { opaque } : {}),
    created_by: row.author,
    created_at: Number(row.created_at),
    last_author: row.last_author,
    last_mod: Number(row.last_mod),
  };
}
