import { fileURLToPath } from 'node:url';

/** Folder with the built console: `index.html` and `assets/`. Pass it to `createService` as `consoleFolder`. */
export const consoleFolder: string = fileURLToPath(new URL('./page/', import.meta.url));

/**
 * Folder with the built page that documents the API and sends requests to it. Pass it to `createService` as
 * `docsFolder`.
 */
export const docsFolder: string = fileURLToPath(new URL('./docs/', import.meta.url));
