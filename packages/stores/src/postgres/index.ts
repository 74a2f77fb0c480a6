export type { PostgresClient, PostgresPool } from './driver.js';
export { type PostgresStoreOptions, postgresStore } from './postgres-store.js';
