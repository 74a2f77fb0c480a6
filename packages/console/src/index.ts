import { fileURLToPath } from 'node:url';

/** Folder with the built console: `index.html` and `assets/`. Pass it to `createService` as `consoleFolder`. */
export const consoleFolder: string = fileURLToPath(new URL('./page/', import.meta.url));

/**
 * Folder with the built page that shows the API documentation and can send requests to the API. Pass the folder to
 * `createService` as `docsFolder`.
 */
export const docsFolder: string = fileURLToPath(new URL('./docs/', import.meta.url));
