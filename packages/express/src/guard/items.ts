import { isJson } from '@flairgate/core/internal';
import type { Call } from './call.js';
import { idOf } from './settings.js';

/** One item of a list. */
export interface Item {
  readonly id: string;
  readonly value: Json;
}

type Json = Readonly<Record<string, unknown>>;

/** A list that the router sent. */
export interface ListedItems {
  readonly ids: readonly string[];
  /** The items, in the order of `ids`. */
  readonly values: readonly Json[];
}

/**
 * Reads a list in the structure that its route declares. Returns undefined if the JSON has a different structure, or if
 * an item has no id.
 */
export function listItems({ guard, route }: Pick<Call, 'guard' | 'route'>, json: unknown): ListedItems | undefined {
  const { items: shape } = route;
  if (shape === 'map') return isJson(json) ? mapItems(guard, json) : undefined;
  const list: unknown = shape === 'array' ? json : isJson(json) ? json[shape.member] : undefined;
  if (!Array.isArray(list)) return undefined;
  const ids: string[] = [];
  for (const value of list) {
    const id = isJson(value) ? idOf(guard, value) : undefined;
    if (id === undefined) return undefined;
    ids.push(id);
  }
  return { ids, values: list };
}

function mapItems({ isId }: Call['guard'], json: Json): ListedItems | undefined {
  const ids = Object.keys(json);
  const values: Json[] = [];
  for (const id of ids) {
    const value = json[id];
    if (!isId(id) || !isJson(value)) return undefined;
    values.push(value);
  }
  return { ids, values };
}

/**
 * Returns items in the structure that a route declares. Other members of the router's response are omitted, because
 * they can reveal how many items there are.
 */
export function rebuildList({ items: shape }: Call['route'], { ids, values }: ListedItems): unknown {
  if (shape === 'map') return Object.fromEntries(ids.map((id, at) => [id, values[at]]));
  return shape === 'array' ? values : { [shape.member]: values };
}
