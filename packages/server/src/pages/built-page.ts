import { existsSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { OptionError } from '@flairgate/core';
import express, { type Request, type RequestHandler, type Response } from 'express';

/**
 * Parts of the Content-Security-Policy that all pages have. They allow only scripts and connections of this server, and
 * no inline scripts.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** Content-Security-Policy of the console, and of the pages of its sign-in. */
export const CONSOLE_POLICY = [...POLICY, "img-src 'self'", "require-trusted-types-for 'script'"].join('; ');

/**
 * Content-Security-Policy of the page that documents the API. It allows images from `data:` URLs, because the style
 * sheet of Swagger UI contains its icons in this form.
 */
const DOCS_POLICY = [...POLICY, "img-src 'self' data:"].join('; ');

/** Permissions-Policy of every page: disables browser features that the pages do not use. */
const FEATURES =
  'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), xr-spatial-tracking=()';

const YEAR_SECONDS = 31_536_000;

/** Creates the handler that serves the console. @throws OptionError if the folder contains no `index.html`. */
export function consolePage(folder: string): RequestHandler {
  return builtPage(folder, { option: 'consoleFolder', policy: CONSOLE_POLICY });
}

/**
 * Creates the handler that serves the page that documents the API.
 *
 * @throws OptionError if the folder contains no `index.html`.
 */
export function docsPage(folder: string): RequestHandler {
  return builtPage(folder, { option: 'docsFolder', policy: DOCS_POLICY });
}

interface BuiltPage {
  /** Name of the option that contains the folder's path. The error message uses this name. */
  readonly option: string;
  /** Value of the `Content-Security-Policy` header. */
  readonly policy: string;
}

/**
 * Creates the handler that serves the built files of a page: `index.html` and the files in `assets/`. The names of
 * files in `assets/` contain a content hash, so browsers may cache these files.
 *
 * The files contain no data. The page reads all data with the credential of the user who opened it.
 */
function builtPage(folder: string, { option, policy }: BuiltPage): RequestHandler {
  if (!existsSync(join(folder, 'index.html'))) throw new OptionError(`${option}: must contain index.html`);
  const packed = packedFiles(folder);
  const files = express.static(folder, {
    cacheControl: false,
    dotfiles: 'ignore',
    redirect: false,
    setHeaders: (res, path) => setHeaders(res, policy, relative(folder, path).split(sep)),
  });
  return function serveBuiltPage(req, res, next) {
    const [path = ''] = req.originalUrl.split('?');
    // A precompressed file is served only in place of the original, never under its own name.
    if (packed.has(req.path)) return next();
    if (req.path !== '/' || path.endsWith('/')) {
      choosePacked(packed, req, res);
      return files(req, res, next);
    }
    // The page refers to its files and to the service by relative URLs, so its own URL must end with a slash.
    res.statusCode = 302;
    res.setHeader('Location', `${path.slice(path.lastIndexOf('/') + 1)}/`);
    res.end();
  };
}

const ENDINGS = { br: '.br', gzip: '.gz' } as const;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Returns the URL paths of the precompressed files (`.br` and `.gz`). */
function packedFiles(folder: string): ReadonlySet<string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Set(names.filter((name) => /\.(?:br|gz)$/.test(name)).map((name) => `/${name.split(sep).join('/')}`));
}

/**
 * Changes the request so that the precompressed version of the file is served, if this version exists and the client
 * accepts its encoding.
 */
function choosePacked(packed: ReadonlySet<string>, req: Request, res: Response): void {
  const type = MEDIA_TYPES[extname(req.path)];
  if (type === undefined || !packed.has(`${req.path}.br`)) return;
  res.vary('Accept-Encoding');
  const encoding = req.acceptsEncodings('br', 'gzip');
  if (encoding !== 'br' && encoding !== 'gzip') return;
  res.setHeader('Content-Encoding', encoding);
  res.setHeader('Content-Type', type);
  req.url = `${req.path}${ENDINGS[encoding]}`;
}

function setHeaders(res: ServerResponse, policy: string, [first]: readonly string[]): void {
  setPageHeaders(res, policy);
  const isHashed = first === 'assets';
  res.setHeader('Cache-Control', isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
}

/** Sets the security headers for a page, or for one of its files. */
export function setPageHeaders(res: ServerResponse, policy: string): void {
  res.setHeader('Content-Security-Policy', policy);
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  res.setHeader('Permissions-Policy', FEATURES);
  res.setHeader('Referrer-Policy', 'no-referrer');
}
