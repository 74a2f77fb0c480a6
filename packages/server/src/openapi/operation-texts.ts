import type { Needs, Route } from '../route/define-route.js';

/** Descriptions of the tags, which group the operations in the OpenAPI document. */
const TAGS: Readonly<Record<string, string>> = {
  api_users: 'Users that are programs, each with one key',
  audit: 'Who did what in an organization',
  changes: 'The change feed, for services',
  delete: 'The deletion of an organization',
  explain: 'Why a key sees what it sees',
  federations: 'Workloads of other issuers that exchange their tokens here',
  groups: 'Groups of users, with permissions in every attached organization',
  healthz: 'Liveness',
  insight: 'Ingestion keys, which only push data',
  invite: 'The invitation of a user, as LimaCharlie addresses it',
  jwt: 'The exchange of a key for a token',
  key_names: 'What a name does to a new key',
  keys: 'Keys of an organization',
  name: 'The name of an organization',
  oauth: 'Introspection and token exchange, for services',
  'openapi.json': 'This document',
  orgs: 'Organizations',
  owner_permissions: 'Permissions, presets and roles of the service',
  policies: 'What groups may do with objects, by type',
  readyz: 'Readiness',
  tokens: 'Tokens of an organization',
  usage: 'How often keys were used',
  user: "The calling user's own keys, organizations and invitations",
  user_key_info: 'Organizations of a user, by their key',
  users: 'People of an organization',
  'well-known': 'Public keys and metadata',
  who: 'What a credential is good for',
};

/**
 * Returns the tags of these routes with their descriptions. A tag that is missing from `TAGS`, such as one of the
 * host's own routes, gets a general description.
 */
export function tagsOf(routes: readonly Route[]): readonly { readonly name: string; readonly description: string }[] {
  const names = [...new Set(routes.map(({ path }) => tagOf(path)))].sort();
  const describe = (name: string) => (Object.hasOwn(TAGS, name) ? TAGS[name] : undefined);
  return names.map((name) => ({ name, description: describe(name) ?? `Operations that this service adds: ${name}` }));
}

/** Returns the tag of all operations on this path. */
export function tagOf(path: string): string {
  const [first = '', second = '', third = ''] = path.split('/').slice(1);
  if (first !== 'v1') return first.startsWith('.') ? 'well-known' : first;
  return second === 'orgs' && third !== 'new' ? (path.split('/')[4] ?? 'orgs') : second;
}

/**
 * Returns the description of an operation: its summary, the required permissions, and what the headers for repeated and
 * concurrent requests do.
 */
export function describeOperation({ summary, needs, versioned = false, creates = false, method }: Route): string {
  return [
    `${summary}.`,
    needsSentence(needs),
    ...(versioned && method !== 'GET'
      ? ['With `If-Match` it changes only the version that was read, and answers 412 for another one.']
      : []),
    ...(creates ? ['With `Idempotency-Key` a repeated request creates nothing twice.'] : []),
  ].join(' ');
}

function needsSentence(needs: Needs): string {
  switch (needs.kind) {
    case 'nothing':
      return 'Needs no credential.';
    case 'secret':
      return 'The field `secret` is the credential.';
    case 'service':
      return needs.orFederation === true ? 'Needs a service key, or a token of a federation.' : 'Needs a service key.';
    case 'user':
      return `Needs a credential of a user: only a user can ${needs.what}.`;
    case 'credential':
      return 'Needs any valid credential.';
    case 'permissions':
      return `Needs in the organization: ${needs.names.map((name) => `\`${name}\``).join(', ')}.`;
  }
}
