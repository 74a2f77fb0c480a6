import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const assets = join(import.meta.dirname, 'dist', 'page', 'assets');

/** Writes each script and style compressed as well, so that no request waits for a compression. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    closeBundle() {
      for (const name of readdirSync(assets).filter((one) => /\.(?:js|css)$/.test(one))) {
        const content = readFileSync(join(assets, name));
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Relative addresses, so that the page works under any path it is mounted at; nothing inline, so that its policy can be strict. */
export default defineConfig({
  root: 'src/page',
  base: './',
  logLevel: 'warn',
  plugins: [compressed()],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    // Compressed, the script is a third of this.
    chunkSizeWarningLimit: 700,
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
