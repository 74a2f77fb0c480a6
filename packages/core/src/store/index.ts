export { initialise } from './initialise.js';
export { memoryRowStore } from './memory-row-store.js';
export type { RemoteStore } from './remote-store.js';
export type * from './rows.js';
export { schema, type TableSchema } from './schema.js';
export {
  type KeyOf,
  type Page,
  type ReadTransaction,
  type RevisionPage,
  type RowStore,
  type Store,
  UniqueError,
  type WriteTransaction,
} from './store.js';
export { assertPrimary, assertStorable, isMatchable, pageColumns } from './values.js';
