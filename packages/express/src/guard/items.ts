import { isJson } from '@flairgate/core/internal';
import type { Call } from './call.js';
import { idOf } from './settings.js';

/** One item of a list. */
export interface Item {
  readonly id: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A list that the router sent. */
export interface ListedItems {
  readonly items: readonly Item[];
  /**
   * Returns the given items in the structure of the list. Members next to the list are omitted, because they can reveal
   * how many items there are.
   */
  readonly rebuild: (items: readonly Item[]) => unknown;
}

/**
 * Reads a list in the structure that its route declares. Undefined if the JSON has a different structure, or if an item
 * has no id.
 */
export function listItems({ guard, route }: Pick<Call, 'guard' | 'route'>, json: unknown): ListedItems | undefined {
  const { items: shape } = route;
  if (shape === 'map') return isJson(json) ? mapItems(guard, json) : undefined;
  const list: unknown = shape === 'array' ? json : isJson(json) ? json[shape.member] : undefined;
  if (!Array.isArray(list)) return undefined;
  const items = list.flatMap((value: unknown) => {
    const id = isJson(value) ? idOf(guard, value) : undefined;
    return isJson(value) && id !== undefined ? [{ id, value }] : [];
  });
  if (items.length !== list.length) return undefined;
  const values = (kept: readonly Item[]) => kept.map(({ value }) => value);
  return { items, rebuild: shape === 'array' ? values : (kept) => ({ [shape.member]: values(kept) }) };
}

function mapItems({ isId }: Call['guard'], json: Readonly<Record<string, unknown>>): ListedItems | undefined {
  const entries = Object.entries(json);
  const items = entries.flatMap(([id, value]) => (isId(id) && isJson(value) ? [{ id, value }] : []));
  if (items.length !== entries.length) return undefined;
  return { items, rebuild: (kept) => Object.fromEntries(kept.map(({ id, value }) => [id, value])) };
}
