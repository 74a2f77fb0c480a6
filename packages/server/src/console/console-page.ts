import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, relative, sep } from 'node:path';
import { OptionError } from '@flairgate/core';
import express, { type RequestHandler } from 'express';

/** Content-Security-Policy of the page. It runs only built files and connects only to this server. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const YEAR_SECONDS = 31_536_000;

/**
 * Serves a console's built files: `index.html`, and `assets/`, whose file names change with their content.
 *
 * The files contain no data. The page reads data with the credential of the person who uses it.
 *
 * @throws OptionError where the folder has no page.
 */
export function consolePage(folder: string): RequestHandler {
  if (!existsSync(join(folder, 'index.html'))) throw new OptionError('consoleFolder: must contain index.html');
  const files = express.static(folder, {
    cacheControl: false,
    dotfiles: 'ignore',
    redirect: false,
    setHeaders: (res, path) => setHeaders(res, relative(folder, path).split(sep)),
  });
  return function serveConsole(req, res, next) {
    const [path = ''] = req.originalUrl.split('?');
    if (req.path !== '/' || path.endsWith('/')) return files(req, res, next);
    // The page names its files, and the service, by relative addresses.
    res.statusCode = 302;
    res.setHeader('Location', `${path.slice(path.lastIndexOf('/') + 1)}/`);
    res.end();
  };
}

function setHeaders(res: ServerResponse, [first]: readonly string[]): void {
  res.setHeader('Content-Security-Policy', POLICY);
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  res.setHeader('Referrer-Policy', 'no-referrer');
  const isHashed = first === 'assets';
  res.setHeader('Cache-Control', isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
}
