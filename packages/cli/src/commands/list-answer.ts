import type { Answer } from '../command.js';

/**
 * Form in which a list is printed: the columns and rows of its table, and the members that its JSON has besides
 * `items`.
 */
export interface ListForm<T> {
  readonly columns: readonly string[];
  /** Returns the table row of an item, one text for each column. */
  readonly row: (item: T) => readonly string[];
  /** Text that is printed at a terminal if there are no items. */
  readonly empty: string;
  /** Returns the JSON of an item. @default the item itself */
  readonly json?: (item: T) => unknown;
  /** Members that precede `items` in the JSON, such as the key to which the items belong. */
  readonly about?: Readonly<Record<string, unknown>> | undefined;
  /** Members that follow `items` in the JSON, such as the cursor of the next page. */
  readonly more?: Readonly<Record<string, string>> | undefined;
}

/** Returns the result of a command that lists items: JSON for programs, and a table for people. */
export function listAnswer<T>(items: readonly T[], form: ListForm<T>): Answer {
  const { columns, row, json, empty, about, more } = form;
  return {
    json: { ...about, items: json === undefined ? items : items.map(json), ...more },
    lines: [],
    table: { columns, rows: items.map(row), empty },
  };
}
