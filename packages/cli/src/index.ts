// the service, for programs that add their own routes
export type { Database } from './database.js';
export type { RunOptions } from './serve/run-options.js';
export type { Addition, OpenedService } from './serve/run-service.js';
export { start } from './serve/start.js';
