export { initialise } from './initialise.js';
export { memoryRowStore } from './memory-row-store.js';
export type { RemoteStore } from './remote-store.js';
export type * from './rows.js';
export { schema, type TableSchema } from './schema.js';
export type * from './store.js';
export { UniqueError } from './store.js';
export type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './together.js';
export { assertPrimary, assertStorable, isMatchable, pageColumns } from './values.js';
