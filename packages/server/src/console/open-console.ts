import express, { type Router } from 'express';
import { consolePage } from '../pages/built-page.js';
import type { ServiceContext } from '../service-context.js';
import type { ConsoleSettings } from './console-options.js';
import { openProvider } from './provider.js';
import { signInRouter } from './sign-in-routes.js';

/**
 * Creates the router for `/console`, which serves the console's built files and the sign-in. Returns undefined if
 * `folder` is undefined.
 *
 * @throws OptionError if the folder contains no console, or if a sign-in with an OpenID provider is configured but
 * `openid-client` is not installed.
 */
export async function openConsole(
  folder: string | undefined,
  settings: ConsoleSettings,
  context: ServiceContext,
): Promise<Router | undefined> {
  if (folder === undefined) return undefined;
  const { oidc } = settings;
  const { now } = context.administration;
  const signIn = oidc && { settings: oidc, provider: await openProvider(oidc, now) };
  const router = express.Router({ caseSensitive: true });
  const files = consolePage(folder);
  router.use('/session', signInRouter(context, settings, signIn));
  router.use('/', files);
  return router;
}
