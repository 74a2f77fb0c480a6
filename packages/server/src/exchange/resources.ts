import { OptionError } from '@flairgate/core';

/** Maximum number of resources per service. */
const MAX_RESOURCES = 1000;

/**
 * Parses the option `resources`: absolute URLs without a fragment.
 *
 * @throws OptionError
 * @see RFC 8707 §2
 */
export function parseResources(given: readonly string[] | undefined): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length > MAX_RESOURCES || !given.every(isResource)) {
    throw new OptionError('resources: must be a list of addresses, such as https://mcp.example/mcp, without fragments');
  }
  return Object.freeze([...new Set(given)]);
}

function isResource(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 512 && URL.canParse(value) && !value.includes('#');
}

/** URLs for which a service issues tokens: its own URL (the issuer) and the URLs of its resources. */
export interface KnownTargets {
  readonly issuer: string;
  readonly resources: readonly string[];
}

/** Audience of a token for a resource. `own` means the service's own audience. */
export type ResourceAudience = 'own' | { readonly audience: string };

/**
 * Returns the audience of a token for the resource with the URL `asked`. Returns undefined if the service does not know
 * this URL.
 *
 * Clients parse and reserialize URLs. Therefore the comparison ignores the letter case of scheme and host, and treats a
 * URL without a path as equal to the same URL with a trailing slash.
 */
export function findResource(asked: string, { issuer, resources }: KnownTargets): ResourceAudience | undefined {
  const spelled = spell(asked);
  if (spelled === undefined) return undefined;
  const audience = resources.find((resource) => spell(resource) === spelled);
  if (audience !== undefined) return { audience };
  return spell(issuer) === spelled ? 'own' : undefined;
}

function spell(address: string): string | undefined {
  if (!URL.canParse(address) || address.includes('#')) return undefined;
  const url = new URL(address);
  return url.pathname === '/' && url.search === '' ? url.origin : url.href;
}
