import { deny } from '@flairgate/core';
import { addResource } from '@flairgate/core/internal';
import type { RequestHandler, Response } from 'express';
import { sendDenial } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { maybeCaller } from '../request/kept-caller.js';
import { isPreflight, sendPreflight } from '../request/preflight.js';
import type { Middleware } from '../request/request.js';
import { markAuthorization } from '../route-coverage/authorization-mark.js';
import { useSharedShapes } from '../v8/dictionary-mode.js';
import { denyElsewhere, isForRequest } from './check-audience.js';
import { markResource, type ResourceMark } from './resource-mark.js';
import { type ProtectedResourceOptions, parseResourceOptions, type ResourceSettings } from './resource-options.js';

/** Middleware for one protected resource. */
export interface ProtectedResource {
  /** Serves the resource's metadata. Mount it at the root of the app, before `authenticate`. */
  readonly metadata: Middleware;
  /**
   * Adds the address of the resource's metadata to the challenge (`WWW-Authenticate`) of later refusals. Mount it
   * before `authenticate`.
   */
  readonly challenge: Middleware;
}

/**
 * Creates the middleware for a protected resource, such as an MCP server: `metadata` serves the resource's metadata,
 * and `challenge` adds the address of the metadata to refusals so that clients find it.
 *
 * All addresses come from the options. The request's `Host` header is not used.
 *
 * @throws OptionError
 * @see RFC 9728
 */
export function createProtectedResource(context: GateContext, options: ProtectedResourceOptions): ProtectedResource {
  const { authenticator, catalogue, scopeSeparator = '.', slot } = context;
  const settings = parseResourceOptions(options, catalogue, scopeSeparator);
  for (const name of settings.names) addResource(authenticator, name);
  slot.resourceCount += 1;
  const challenge: RequestHandler = function challenge(req, res, next) {
    useSharedShapes(req, res);
    markResource(req, slot, mark);
    // If `authenticate` ran before this middleware, it did not know the resource, so the audience is checked here.
    const caller = maybeCaller(req, slot);
    if (caller === undefined || isForRequest(req, slot, caller)) next();
    else sendDenial(req, res, denyElsewhere(caller), context);
  };
  const { names, acceptsGate, metadataUrl } = settings;
  const mark: ResourceMark = Object.seal({ names, acceptsGate, metadataUrl, challenge, mounts: undefined });
  return Object.freeze({
    metadata: markAuthorization('passes', metadataHandler(settings, context)),
    challenge: markAuthorization('passes', challenge),
  });
}

const METHODS = 'GET, HEAD, OPTIONS';
const METADATA_CACHE_SECONDS = 3600;

function metadataHandler({ metadataPath, document }: ResourceSettings, context: GateContext): RequestHandler {
  return function metadata(req, res, next) {
    if (req.originalUrl.split('?', 1)[0] !== metadataPath) {
      next();
    } else if (isPreflight(req)) {
      sendPreflight(req, res);
    } else if (req.method === 'GET' || req.method === 'HEAD') {
      sendDocument(res, document, req.method === 'HEAD');
    } else {
      sendDenial(req, res, deny('ERR_METHOD', { members: { allow: METHODS } }), context);
    }
  };
}

function sendDocument(res: Response, document: string, isHead: boolean): void {
  res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Cache-Control', `public, max-age=${METADATA_CACHE_SECONDS}`);
  res.setHeader('Content-Length', Buffer.byteLength(document));
  res.end(isHead ? undefined : document);
}
