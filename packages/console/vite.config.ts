import { defineConfig } from 'vite';

/** Relative addresses, so that the page works under any path it is mounted at; nothing inline, so that its policy can be strict. */
export default defineConfig({
  root: 'src/page',
  base: './',
  logLevel: 'warn',
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" is for servers that render; there is none.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
