import { fileURLToPath } from 'node:url';

/** Folder of the built page: `index.html` and its `assets/`. Give it to `createService` as `consoleFolder`. */
export const consoleFolder: string = fileURLToPath(new URL('./page/', import.meta.url));
