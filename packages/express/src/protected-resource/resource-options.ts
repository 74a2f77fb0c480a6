import { type Catalogue, OptionError } from '@flairgate/core';
import { assertKnownOptions, toDotted } from '@flairgate/core/internal';
import { oneOf, optionObject } from '../options.js';

/** Options of `gate.protectedResource`. */
export interface ProtectedResourceOptions {
  /** URI of the resource, such as `https://mcp.example/mcp`: its public address, without query and fragment. */
  readonly resource: string;
  /**
   * Issuers whose tokens the resource accepts. At least one. Each issuer is spelled as in the issuer's own metadata.
   */
  readonly authorizationServers: readonly string[];
  /**
   * Permissions that clients need for the basic use of the resource, or other scopes of the authorization servers.
   * Published as `scopes_supported`. Permissions are written with the gate's `scopeSeparator`.
   * @default none are published
   */
  readonly scopes?: readonly string[];
  /**
   * Required audience of tokens. `either` accepts tokens for the resource and tokens for the gate's own audience.
   * `resource` accepts only tokens for the resource. API keys have no audience.
   * @default 'either'
   */
  readonly audience?: 'either' | 'resource';
  /** Display name of the resource. @default none is published */
  readonly name?: string;
  /** Address of the resource's developer documentation. @default none is published */
  readonly documentation?: string;
}

/** Options of a protected resource after parsing. */
export interface ResourceSettings {
  /** Accepted spellings of the resource's URI in a token's `aud`. */
  readonly names: ReadonlySet<string>;
  readonly acceptsGate: boolean;
  readonly metadataUrl: string;
  /** Path of `metadataUrl`. */
  readonly metadataPath: string;
  /** The metadata as JSON. */
  readonly document: string;
}

const NAMES = ['resource', 'authorizationServers', 'scopes', 'audience', 'name', 'documentation'] as const;

/** Matches a `scope-token` (RFC 6749 §3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/**
 * Parses the options of a protected resource.
 *
 * @throws OptionError
 * @see RFC 9728 sections 1.2, 2 and 3.1
 */
export function parseResourceOptions(
  given: ProtectedResourceOptions,
  catalogue: Catalogue,
  separator: '.' | ':',
): ResourceSettings {
  const options = optionObject('protectedResource', given);
  assertKnownOptions('protectedResource', options, NAMES);
  const { resource, authorizationServers: servers, scopes, name, documentation } = options;
  const url = parseUri('resource', resource);
  if (!Array.isArray(servers) || servers.length === 0) {
    throw new OptionError('protectedResource.authorizationServers: must be a list of at least one issuer');
  }
  for (const server of servers) parseUri('authorizationServers', server);
  const documentationUrl = documentation === undefined ? undefined : parseUri('documentation', documentation);
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) {
    throw new OptionError('protectedResource.name: must be text that is not empty');
  }
  const metadataPath = `${WELL_KNOWN}${url.pathname === '/' ? '' : url.pathname}`;
  const document = {
    resource,
    authorization_servers: servers,
    ...(scopes === undefined ? {} : { scopes_supported: parseScopes(scopes, catalogue, separator) }),
    bearer_methods_supported: ['header'],
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentationUrl === undefined ? {} : { resource_documentation: documentation }),
  };
  return {
    // Clients parse the resource as a URL, which gets the path `/` even if the configured string has none.
    names: new Set([String(resource), url.href, url.pathname === '/' ? url.origin : url.href]),
    acceptsGate: oneOf('protectedResource.audience', options.audience, ['either', 'resource']) === 'either',
    metadataUrl: `${url.origin}${metadataPath}`,
    metadataPath,
    document: JSON.stringify(document),
  };
}

function parseUri(option: string, given: unknown): URL {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  const isPlain = url !== undefined && !/[?#]/.test(url.href) && url.username === '' && url.password === '';
  if (!isPlain || !isSecure(url)) {
    throw new OptionError(
      `protectedResource.${option}: must be an https address, or http on this machine, without query and fragment`,
    );
  }
  return url;
}

function isSecure({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function parseScopes(scopes: unknown, catalogue: Catalogue, separator: '.' | ':'): readonly string[] {
  if (!Array.isArray(scopes) || scopes.length > 1000 || !scopes.every(isScope)) {
    throw new OptionError('protectedResource.scopes: must be a list of permissions or other scopes');
  }
  return [...new Set(scopes.map((scope) => toScope(scope, catalogue, separator)))];
}

function toScope(scope: string, catalogue: Catalogue, separator: '.' | ':'): string {
  const dotted = toDotted(scope);
  return catalogue.has(dotted) ? dotted.replaceAll('.', separator) : scope;
}

function isScope(scope: unknown): scope is string {
  return typeof scope === 'string' && SCOPE.test(scope);
}
