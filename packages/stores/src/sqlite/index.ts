export type { SqliteHandle, SqliteStatement } from './connection.js';
export { type SqliteStoreOptions, sqliteStore } from './sqlite-store.js';
