import { OptionError } from '../../../denial/errors.js';
import type { Algorithm } from '../foreign/algorithms.js';
import type { IssuerOptions } from '../verifier-options.js';

/**
 * Properties of an identity provider: the differences between its tokens and RFC 9068, and the location of its keys.
 */
export interface Provider {
  /** Pattern that matches the issuer names of the provider. */
  readonly issuer: RegExp;
  /** An issuer name that matches the pattern, for error messages. */
  readonly example: string;
  /**
   * Returns the URL of the key set if the provider publishes no metadata. If the result is undefined, the URL is read
   * from the provider's metadata.
   */
  keySet?(issuer: string): string | undefined;
  /**
   * Claims that identify a workload, such as a CI job, permanently. A federation (a workload that exchanges this
   * provider's tokens) must match at least one of them.
   */
  readonly immutableClaims?: readonly string[];
  /**
   * Claims whose value is a name that may later belong to another project or user. Each of these claims is listed with
   * the claim to use instead.
   */
  readonly reusedClaims?: Readonly<Record<string, string>>;
  /** True if each token may be used only once. */
  readonly once?: boolean;
  readonly defaults: Partial<
    Pick<
      IssuerOptions,
      | 'algorithms'
      | 'types'
      | 'requireJti'
      | 'maxTokenSeconds'
      | 'ignoredHeaderMembers'
      | 'audienceClaim'
      | 'requiredClaims'
    >
  >;
}

const RS256: readonly Algorithm[] = ['RS256'];
const HOUR = 3600;
const DAY = 24 * HOUR;

const wellKnownKeys = (issuer: string): string => `${issuer}/.well-known/jwks.json`;

/** Identity providers that `oidcIssuer` knows by name. */
export const providers = {
  auth0: {
    issuer: /^https:\/\/[^/]+\/$/,
    example: 'https://tenant.eu.auth0.com/',
    defaults: { algorithms: ['RS256', 'PS256'], types: ['JWT', 'at+jwt'], requireJti: false, maxTokenSeconds: DAY },
  },
  entra: {
    issuer: /^https:\/\/login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)\/[0-9a-f-]{36}\/v2\.0$/,
    example: 'https://login.microsoftonline.com/TENANT-ID/v2.0',
    defaults: {
      algorithms: RS256,
      types: ['JWT'],
      requireJti: false,
      ignoredHeaderMembers: ['x5t'],
      // A client that supports continuous access evaluation gets tokens of up to 28 hours.
      maxTokenSeconds: 28 * HOUR,
      requiredClaims: { ver: '2.0' },
    },
  },
  keycloak: {
    issuer: /^https?:\/\/.+\/realms\/[^/]+$/,
    example: 'https://keycloak.example/realms/REALM',
    // Only this claim distinguishes access tokens from a realm's ID, refresh and logout tokens. Clients can be
    // configured to issue `at+jwt`.
    defaults: { types: ['JWT', 'at+jwt'], requiredClaims: { typ: 'Bearer' } },
  },
  cognito: {
    issuer: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/[\w-]+$/,
    example: 'https://cognito-idp.eu-central-1.amazonaws.com/POOL-ID',
    defaults: { algorithms: RS256, types: [''], audienceClaim: 'client_id', maxTokenSeconds: DAY },
  },
  okta: {
    issuer: /^https:\/\/[^/]+\/oauth2\/[^/]+$/,
    example: 'https://dev-123456.okta.com/oauth2/default',
    defaults: { algorithms: RS256, types: ['', 'JWT', 'at+jwt'], maxTokenSeconds: DAY },
  },
  google: {
    issuer: /^https:\/\/accounts\.google\.com$/,
    example: 'https://accounts.google.com',
    defaults: { algorithms: RS256, types: ['JWT'], requireJti: false },
  },
  clerk: {
    issuer: /^https:\/\/[^/]+$/,
    example: 'https://clerk.example.com',
    keySet: wellKnownKeys,
    defaults: {
      algorithms: RS256,
      types: ['JWT'],
      requireJti: false,
      ignoredHeaderMembers: ['cat'],
      audienceClaim: 'azp',
      // A session with unfinished tasks, such as setting up a second factor, is `pending`: not signed in yet.
      requiredClaims: { sts: 'active' },
    },
  },
  workos: {
    issuer: /^https:\/\/[^/]+(?:\/user_management\/client_\w+)?\/?$/,
    example: 'https://api.workos.com/user_management/CLIENT-ID',
    keySet(issuer) {
      const client = /\/user_management\/(client_\w+)$/.exec(issuer)?.[1];
      const { origin, hostname } = new URL(issuer);
      if (client !== undefined) return `${origin}/sso/jwks/${client}`;
      if (hostname !== 'api.workos.com') return undefined;
      // All applications share this issuer. Only their keys differ.
      throw new OptionError('oidcIssuer: jwksUri must be https://api.workos.com/sso/jwks/CLIENT-ID for this issuer');
    },
    // Keys and issuer belong to one application, and the token has no audience.
    defaults: { algorithms: RS256, types: ['', 'JWT'], audienceClaim: 'iss' },
  },
  supabase: {
    issuer: /^https:\/\/[^/]+\/auth\/v1$/,
    example: 'https://PROJECT.supabase.co/auth/v1',
    keySet: wellKnownKeys,
    defaults: {
      algorithms: ['ES256', 'RS256', 'EdDSA'],
      types: ['JWT'],
      requireJti: false,
      requiredClaims: { role: 'authenticated' },
    },
  },
  'better-auth': {
    issuer: /^https?:\/\/[^/]+$/,
    example: 'https://app.example.com',
    keySet: (issuer) => `${issuer}/api/auth/jwks`,
    defaults: { algorithms: ['EdDSA', 'ES256', 'ES512', 'RS256', 'PS256'], types: ['', 'JWT'], requireJti: false },
  },
  zitadel: {
    issuer: /^https:\/\/[^/]+$/,
    example: 'https://INSTANCE.zitadel.cloud',
    defaults: { types: ['JWT', 'at+jwt'], maxTokenSeconds: DAY / 2 },
  },
  kubernetes: {
    issuer: /^https:\/\/[^/]+(?:\/.*[^/])?$/,
    example: 'https://kubernetes.default.svc.cluster.local',
    defaults: {
      algorithms: ['RS256', 'ES256', 'ES384', 'ES512'],
      types: [''],
      requireJti: false,
      maxTokenSeconds: DAY,
    },
  },
  spiffe: {
    issuer: /^https:\/\/[^/]+(?:\/.*[^/])?$/,
    example: 'https://oidc-discovery.example.org',
    defaults: {
      algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
      types: ['', 'JWT', 'JOSE'],
      requireJti: false,
    },
  },
  'github-actions': {
    issuer: /^https:\/\/(?:token\.actions\.githubusercontent\.com(?:\/[\w-]+)?|[^/]+\/_services\/token)$/,
    example: 'https://token.actions.githubusercontent.com',
    immutableClaims: ['repository_id', 'repository_owner_id', 'enterprise_id'],
    reusedClaims: {
      repository: 'repository_id',
      repository_owner: 'repository_owner_id',
      enterprise: 'enterprise_id',
      actor: 'actor_id',
      sub: 'repository_id',
    },
    once: true,
    defaults: { algorithms: RS256, types: ['JWT'], ignoredHeaderMembers: ['x5t'], maxTokenSeconds: HOUR },
  },
  gitlab: {
    issuer: /^https:\/\/[^/]+$/,
    example: 'https://gitlab.com',
    immutableClaims: ['project_id', 'namespace_id'],
    reusedClaims: {
      project_path: 'project_id',
      namespace_path: 'namespace_id',
      user_login: 'user_id',
      sub: 'project_id',
    },
    once: true,
    // A token is valid for as long as the job may run.
    defaults: { algorithms: RS256, types: ['JWT'], maxTokenSeconds: DAY },
  },
} as const satisfies Readonly<Record<string, Provider>>;

/** Name of an identity provider that `oidcIssuer` knows. */
export type ProviderName = keyof typeof providers;

/** Names of the identity providers that `oidcIssuer` knows. */
export const PROVIDER_NAMES = [
  'auth0',
  'entra',
  'keycloak',
  'cognito',
  'okta',
  'google',
  'clerk',
  'workos',
  'supabase',
  'better-auth',
  'zitadel',
  'kubernetes',
  'spiffe',
  'github-actions',
  'gitlab',
] as const satisfies readonly ProviderName[];
