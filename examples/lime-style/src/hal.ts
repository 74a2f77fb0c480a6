import type { Field, ObjectType } from './object-types.js';

/** Media type of Lime's answers. */
export const HAL = 'application/hal+json; charset=utf-8';

/** An object as the caller can see it; `data` is null where its content is withheld. */
export interface SeenObject {
  readonly id: string;
  readonly data: string | null;
  readonly opaque?: true;
}

/** Returns the document of an object type, with its fields embedded. */
export function typeToHal(base: string, { name, fields }: ObjectType): object {
  const self = `${base}/metadata/entities/${name}/`;
  const links = Object.keys(fields).map((field) => ({ href: `${self}fields/${field}/` }));
  const embedded = Object.entries(fields).map(([key, field]) => [
    `${self}fields/${key}/`,
    fieldToHal(self, key, field),
  ]);
  return {
    name,
    localname: { singular: name, plural: name },
    is_system: false,
    _links: { self: { href: self }, fields: links, relations: [], data: { href: `${base}/limeobject/${name}/` } },
    _embedded: Object.fromEntries(embedded),
  };
}

/** Returns the document of a field. */
export function fieldToHal(typeHref: string, name: string, field: Field): object {
  const { type, label, required = false, options } = field;
  const self = { href: `${typeHref}fields/${name}/`, title: label };
  const choices = options === undefined ? {} : { options, defaultvalue: options[0] };
  return { name, type, localname: label, label, required, readonly: false, ...choices, _links: { self } };
}

/** Returns the document of an object. Fields of withheld content are null. */
export function objectToHal(base: string, { name, fields }: ObjectType, { id, data, opaque }: SeenObject): object {
  const content: Record<string, unknown> = data === null ? {} : JSON.parse(data);
  const values = Object.keys(fields).map((field) => [field, content[field] ?? null]);
  return {
    _id: id,
    ...Object.fromEntries(values),
    ...(opaque === true ? { opaque } : {}),
    _links: {
      self: { href: `${base}/limeobject/${name}/${id}/` },
      metadata: { href: `${base}/metadata/entities/${name}/` },
    },
  };
}

/** One page of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly more: boolean;
}

/** Returns the document of a page of objects, with a link to the next one. */
export function pageToHal(base: string, type: ObjectType, objects: readonly SeenObject[], page: Page): object {
  const at = (offset: number) => ({ href: `${base}/limeobject/${type.name}/?_limit=${page.limit}&_offset=${offset}` });
  return {
    _links: { self: at(page.offset), ...(page.more ? { next: at(page.offset + page.limit) } : {}) },
    _embedded: { limeobjects: objects.map((object) => objectToHal(base, type, object)) },
  };
}
