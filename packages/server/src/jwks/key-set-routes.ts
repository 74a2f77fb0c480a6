import { allow, deny } from '@flairgate/core';
import { z } from 'zod';
import { TOKEN_EXCHANGE } from '../oauth/token-route.js';
import { defineRoute, type Route } from '../route/define-route.js';
import { text } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { basePathOf } from './base-path.js';

/**
 * Seconds for which caches may keep the key set. A new signing key is in the key set for a much longer time before it
 * signs its first token.
 */
const KEY_SET_SECONDS = 300;

const METADATA_SECONDS = 3600;

const FOR_EVER_SECONDS = 31_536_000;

const DIGEST = /^[A-Za-z0-9_-]{22}$/;

/**
 * Creates the routes that verifiers of Flairgate tokens need. They return the public keys, the metadata, and the
 * permission catalogues. A verifier needs a catalogue to decode compact tokens.
 */
export function keySetRoutes(context: ServiceContext): readonly Route[] {
  return [keySet(context), ...metadata(context), ...resourceMetadata(context), catalogue(context)];
}

/** Creates the route for the public keys (JWKS). @see RFC 7517 §5 */
function keySet({ signingKeys }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Public keys that verify the tokens of this service',
    needs: { kind: 'nothing' },
    document: { mediaType: 'application/jwk-set+json', maxAgeSeconds: KEY_SET_SECONDS },
    answer: z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })) }),
    handle: async () => allow(JSON.parse(JSON.stringify(signingKeys.jwks()))),
  });
}

const METADATA_PATH = '/.well-known/oauth-authorization-server';

/**
 * Creates the routes for the authorization server metadata. If the issuer's URL has a path, such as `/auth`, clients
 * also request `/.well-known/oauth-authorization-server/auth`. A proxy must forward that path to this service.
 *
 * URLs in the metadata come only from the configured issuer, never from a request's `Host` header.
 *
 * @see RFC 8414 sections 2 and 3.1
 */
function metadata({ issuer, resources }: ServiceContext): readonly Route[] {
  const basePath = basePathOf(issuer);
  const paths = basePath === '' ? [METADATA_PATH] : [METADATA_PATH, METADATA_PATH + basePath];
  return paths.map((path) => metadataAt(path, issuer, resources));
}

function metadataAt(path: string, issuer: string, resources: readonly string[]): Route {
  const base = issuer.replace(/\/$/, '');
  const addresses = URL.canParse(issuer)
    ? {
        jwks_uri: `${base}/.well-known/jwks.json`,
        token_endpoint: `${base}/oauth/token`,
        introspection_endpoint: `${base}/oauth/introspect`,
      }
    : {};
  return defineRoute({
    method: 'GET',
    path,
    summary: 'Metadata of the authorization server',
    needs: { kind: 'nothing' },
    document: { maxAgeSeconds: METADATA_SECONDS },
    answer: z.object({
      issuer: z.string(),
      jwks_uri: z.string().optional(),
      token_endpoint: z.string().optional(),
      introspection_endpoint: z.string().optional(),
      response_types_supported: z.array(z.string()),
      grant_types_supported: z.array(z.string()),
      protected_resources: z.array(z.string()).optional(),
    }),
    handle: async () =>
      allow({
        issuer,
        ...addresses,
        response_types_supported: [],
        grant_types_supported: [TOKEN_EXCHANGE],
        ...(resources.length === 0 ? {} : { protected_resources: [...resources] }),
      }),
  });
}

const RESOURCE_PATH = '/.well-known/oauth-protected-resource';

/**
 * Creates the routes for the protected resource metadata of the service itself. If the issuer is not a URL, there are
 * no such routes. If the issuer's URL has a path, such as `/auth`, the metadata is also served at
 * `/.well-known/oauth-protected-resource/auth`.
 *
 * @see RFC 9728 sections 2 and 3.1
 */
function resourceMetadata({ issuer, catalogue: permissions, scopeSeparator }: ServiceContext): readonly Route[] {
  if (!URL.canParse(issuer)) return [];
  const basePath = basePathOf(issuer);
  const paths = basePath === '' ? [RESOURCE_PATH] : [RESOURCE_PATH, RESOURCE_PATH + basePath];
  const scopes = permissions.entries.map(({ name }) => name.replaceAll('.', scopeSeparator));
  return paths.map((path) =>
    defineRoute({
      method: 'GET',
      path,
      summary: 'Metadata of the service as a protected resource',
      needs: { kind: 'nothing' },
      document: { maxAgeSeconds: METADATA_SECONDS, anyOrigin: true },
      answer: z.object({
        resource: z.string(),
        authorization_servers: z.array(z.string()),
        scopes_supported: z.array(z.string()),
        bearer_methods_supported: z.array(z.string()),
      }),
      handle: async () =>
        allow({
          resource: issuer,
          authorization_servers: [issuer],
          scopes_supported: scopes,
          bearer_methods_supported: ['header'],
        }),
    }),
  );
}

/**
 * Creates the route that returns a permission catalogue by its digest. Earlier catalogues of this service stay
 * available, because tokens and services may still refer to them.
 */
function catalogue({ catalogue: current, administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/.well-known/flairgate-catalogue/:digest',
    summary: 'Ordered list of permissions with a digest',
    needs: { kind: 'nothing' },
    document: { maxAgeSeconds: FOR_EVER_SECONDS, immutable: true },
    params: z.object({ digest: text() }),
    answer: z.object({ digest: z.string(), permissions: z.array(z.string()) }),
    handle: async ({ params: { digest } }) => {
      if (!DIGEST.test(digest)) return deny('ERR_NOT_FOUND');
      const kept =
        digest === current.digest ? current : await administration.store.read((tx) => tx.get('catalogue', { digest }));
      if (kept === undefined) return deny('ERR_NOT_FOUND');
      return allow({ digest, permissions: kept.entries.map(({ name }) => name) });
    },
  });
}
