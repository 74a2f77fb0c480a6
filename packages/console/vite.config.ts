import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const folder = import.meta.dirname;

const LARGE_BYTES = 1_000_000;

/** Writes each script and style in `assets/` compressed as well, so that no request waits for a compression. */
function compressed(page: string): Plugin {
  const assets = join(page, 'assets');
  return {
    name: 'compressed',
    closeBundle() {
      for (const name of readdirSync(assets).filter((one) => /\.(?:js|css)$/.test(one))) {
        const content = readFileSync(join(assets, name));
        // The highest quality takes ten seconds for a large file, and saves 6 %.
        const quality = content.length > LARGE_BYTES ? 9 : zlib.BROTLI_MAX_QUALITY;
        const params = { [zlib.BROTLI_PARAM_QUALITY]: quality };
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content, { params }));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Adds the notice of Swagger UI, and the licenses of the libraries that its built file contains. */
function viewerLicenses(page: string): Plugin {
  const viewer = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return {
    name: 'viewer-licenses',
    closeBundle() {
      for (const name of ['NOTICE', 'swagger-ui-es-bundle.js.LICENSE.txt']) {
        copyFileSync(join(viewer, name), join(page, name));
      }
    },
  };
}

/**
 * Builds the console or, with `--mode docs`, the page that documents the API. Relative addresses, so that the pages work
 * under any path they are mounted at; nothing inline, so that their policy can be strict.
 */
export default defineConfig(({ mode }) => {
  const isDocs = mode === 'docs';
  const outDir = join(folder, 'dist', isDocs ? 'docs' : 'page');
  return {
    root: isDocs ? 'src/docs' : 'src/page',
    base: './',
    logLevel: 'warn',
    plugins: [compressed(outDir), ...(isDocs ? [viewerLicenses(outDir)] : [])],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      // Compressed, a script is a third of this.
      chunkSizeWarningLimit: isDocs ? 2000 : 700,
      modulePreload: { polyfill: false },
      license: { fileName: 'licenses.md' },
      rolldownOptions: {
        checks: { pluginTimings: false },
        onwarn(warning, warn) {
          // "use client" is for servers that render; there is none.
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
        },
      },
    },
  };
});
