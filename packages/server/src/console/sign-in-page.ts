import { STATUS_CODES } from 'node:http';
import { type Denial, DeniedError, deny, respond, UnavailableError } from '@flairgate/core';
import { dependencyCodes } from '@flairgate/core/internal';
import type { Gate } from '@flairgate/express';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { CONSOLE_POLICY, setPageHeaders } from '../pages/built-page.js';

/** URL of the console, relative to the sign-in pages. All sign-in pages are one level below the console. */
const CONSOLE = '../';

/**
 * Sends the page that answers the provider's redirect. The script of this page opens the console.
 *
 * A redirect to the console would not work: browsers would treat it as a request from the provider's site, and would
 * not send the session cookie, which is `SameSite=Strict`.
 */
export function sendSignedIn(res: Response): void {
  sendPage(res, 200, {
    title: 'Signed in',
    body: `<p>You are signed in. <a href="${CONSOLE}">Continue to the console</a></p>`,
    script: '<script src="continue.js"></script>',
  });
}

/** Serves the script that opens the console after the provider's redirect. */
export const continueScript: RequestHandler = function continueScript(_req, res) {
  setPageHeaders(res, CONSOLE_POLICY);
  res.setHeader('Cache-Control', 'no-cache');
  res.setHeader('Content-Type', 'text/javascript; charset=utf-8');
  // `replace` removes the page, whose URL contains the code, from the history.
  res.end(`window.location.replace('${CONSOLE}');\n`);
};

/**
 * Creates the error handler for the sign-in routes. If the client prefers HTML, a refusal is sent as an HTML page. A
 * refusal to any other client is passed to the next error handler, as are all other errors.
 */
export function signInErrorHandler({ publishDenied }: Pick<Gate, 'publishDenied'>): ErrorRequestHandler {
  return function handleSignInError(error: unknown, req, res, next) {
    const denial = denialOf(error);
    if (denial === undefined || res.headersSent || req.accepts('json', 'html') !== 'html') return next(error);
    publishDenied(req, denial);
    const { status, headers } = respond(denial);
    for (const name of ['retry-after', 'allow', 'www-authenticate']) {
      const value = headers[name];
      if (value !== undefined) res.setHeader(name, value);
    }
    const sentence = escapeHtml(denial.detail.charAt(0).toUpperCase() + denial.detail.slice(1));
    sendPage(res, status, {
      title: STATUS_CODES[status] ?? 'Error',
      body: `<p>${sentence}.</p><p><a href="${CONSOLE}">Back to the console</a></p><p>Code: ${denial.code}</p>`,
      script: '',
    });
  };
}

function denialOf(error: unknown): Denial | undefined {
  if (error instanceof DeniedError) return error.denial;
  if (!(error instanceof UnavailableError)) return undefined;
  return deny(dependencyCodes[error.dependency], { fault: error });
}

interface PageParts {
  readonly title: string;
  readonly body: string;
  readonly script: string;
}

function sendPage(res: Response, status: number, { title, body, script }: PageParts): void {
  setPageHeaders(res, CONSOLE_POLICY);
  res.statusCode = status;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.end(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} - Flairgate</title></head>
<body><main><h1>${title}</h1>${body}</main>${script}</body>
</html>
`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
