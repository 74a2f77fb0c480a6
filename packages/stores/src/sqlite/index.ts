export type { SqliteHandle, SqliteStatement } from './connection.js';
export { createMasterKey, readMasterKey, replaceMasterKey } from './master-key-file.js';
export { type SqliteStoreOptions, sqliteStore } from './sqlite-store.js';
