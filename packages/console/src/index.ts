import { fileURLToPath } from 'node:url';

/** Folder with the built console: `index.html` and `assets/`. Pass it to `createService` as `consoleFolder`. */
export const consoleFolder: string = fileURLToPath(new URL('./page/', import.meta.url));
