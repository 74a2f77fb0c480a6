import type { Answer } from '../command.js';

/** The table of a list, and members that its JSON has besides `items`. */
export interface ListForm<T> {
  readonly columns: readonly string[];
  /** Returns the table row of an item, one text for each column. */
  readonly row: (item: T) => readonly string[];
  /** Text that is printed at a terminal if there are no items. */
  readonly empty: string;
  /** Returns the JSON of an item. @default the item itself */
  readonly json?: (item: T) => unknown;
  /** Members before `items`, such as the key that the items are about. */
  readonly about?: Readonly<Record<string, unknown>> | undefined;
  /** Members after `items`, such as the cursor of the next page. */
  readonly more?: Readonly<Record<string, string>> | undefined;
}

/** Returns the result of a command that lists items: JSON for programs, and a table. */
export function listAnswer<T>(items: readonly T[], form: ListForm<T>): Answer {
  const { columns, row, json, empty, about, more } = form;
  return {
    json: { ...about, items: json === undefined ? items : items.map(json), ...more },
    lines: [],
    table: { columns, rows: items.map(row), empty },
  };
}
