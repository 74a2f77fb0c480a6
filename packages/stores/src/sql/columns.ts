import type { TableName, Tables } from '@flairgate/core/store';

type Kept<V> = NonNullable<V> extends number | boolean ? 'integer' : 'text';

/**
 * The type of a stored column. Times and booleans are stored as integers, JSON as text. A `?` means that the column can
 * be null.
 */
export type ColumnType<V> = null extends V ? `${Kept<V>}?` : Kept<V>;

export type TableColumns<T extends TableName> = { readonly [C in keyof Tables[T]]-?: ColumnType<Tables[T][C]> };

/**
 * The columns of every table. Queries select the columns in this order. The compiler checks the columns against core's
 * row types.
 */
export const columns: { readonly [T in TableName]: TableColumns<T> } = {
  revision: { id: 'integer', incarnation: 'text', n: 'integer', prunedTo: 'integer' },
  change: { n: 'integer', at: 'integer', scope: 'text', id: 'text' },
  setting: { name: 'text', value: 'text' },
  material: { name: 'text', wrapping: 'text', sealed: 'text' },
  catalogue: { digest: 'text', entries: 'text' },
  organization: {
    oid: 'text',
    name: 'text',
    location: 'text',
    createdBy: 'text?',
    createdAt: 'integer',
    description: 'text?',
  },
  user: { uid: 'text', email: 'text', type: 'text', oid: 'text?', active: 'integer', createdAt: 'integer' },
  membership: { uid: 'text', oid: 'text', role: 'text', permissions: 'text', accepted: 'integer' },
  identity: {
    id: 'text',
    kind: 'text',
    scope: 'text',
    name: 'text',
    secretId: 'text',
    createdBy: 'text?',
    createdAt: 'integer',
  },
  key: {
    keyId: 'text',
    identity: 'text',
    kind: 'text',
    oid: 'text?',
    uid: 'text?',
    name: 'text',
    flairs: 'text',
    permissions: 'text',
    ranges: 'text',
    description: 'text?',
    createdBy: 'text?',
    createdByName: 'text',
    createdAt: 'integer',
    expiresAt: 'integer?',
    disabledAt: 'integer?',
    revokedAt: 'integer?',
    masked: 'text?',
    sealed: 'text?',
    policy: 'text?',
    honeytoken: 'integer',
  },
  secret: {
    tag: 'text',
    keyId: 'text',
    hash: 'text',
    createdAt: 'integer',
    endsAt: 'integer?',
    lastUsedAt: 'integer?',
  },
  group: {
    gid: 'text',
    name: 'text',
    permissions: 'text',
    createdBy: 'text?',
    createdAt: 'integer',
    version: 'integer',
  },
  groupMember: { gid: 'text', uid: 'text', accepted: 'integer', giver: 'text?', address: 'text?' },
  groupOwner: { gid: 'text', uid: 'text', giver: 'text?', address: 'text?' },
  groupOrganization: { gid: 'text', oid: 'text' },
  groupChild: { gid: 'text', child: 'text' },
  made: { uid: 'text', kind: 'text', id: 'text' },
  policy: { oid: 'text', name: 'text', grants: 'text', version: 'integer' },
  consent: { uid: 'text', oid: 'text', acceptedAt: 'integer' },
  offer: {
    oid: 'text',
    uid: 'text',
    via: 'text',
    giver: 'text',
    giverKey: 'text?',
    role: 'text',
    permissions: 'text',
    address: 'text?',
    madeAt: 'integer',
  },
  decline: { uid: 'text', oid: 'text', declinedAt: 'integer' },
  signingKey: {
    kid: 'text',
    algorithm: 'text',
    publicJwk: 'text',
    sealed: 'text',
    createdAt: 'integer',
    activeFrom: 'integer',
    retiredAt: 'integer?',
  },
  ownership: {
    oid: 'text',
    type: 'text',
    id: 'text',
    organization: 'text',
    createdBy: 'text?',
    lockedBy: 'text?',
    secretTo: 'text?',
    generation: 'integer',
  },
  ownershipType: {
    oid: 'text',
    type: 'text',
    revision: 'integer',
    secrets: 'integer',
    intents: 'integer',
    secretEnded: 'integer',
    adoptedBy: 'text?',
  },
  intent: {
    oid: 'text',
    type: 'text',
    id: 'text',
    token: 'text',
    organization: 'text',
    identity: 'text',
    operation: 'text',
    strict: 'integer',
    createdBy: 'text?',
    lockedBy: 'text?',
    secretTo: 'text?',
    startedAt: 'integer',
    endsAt: 'integer',
  },
  audit: {
    id: 'text',
    at: 'integer',
    oid: 'text?',
    actor: 'text?',
    actorName: 'text',
    action: 'text',
    target: 'text',
    address: 'text?',
    outcome: 'text',
    details: 'text',
  },
  usage: {
    oid: 'text',
    day: 'integer',
    keyId: 'text',
    calls: 'integer',
    denials: 'integer',
    limited: 'integer',
    permissions: 'text',
  },
  federation: {
    keyId: 'text',
    oid: 'text',
    issuer: 'text',
    audience: 'text',
    matches: 'text',
    ttlSeconds: 'integer',
    once: 'integer',
  },
  usedToken: { issuer: 'text', tokenId: 'text', endsAt: 'integer' },
  linkedSubject: { issuer: 'text', subject: 'text', uid: 'text', linkedAt: 'integer' },
  session: {
    uid: 'text',
    sessionId: 'text',
    tag: 'text',
    revision: 'integer',
    createdAt: 'integer',
    expiresAt: 'integer',
  },
  tokenRevocation: { oid: 'text', revision: 'integer' },
  replay: { identity: 'text', key: 'text', at: 'integer', answer: 'text' },
};

/**
 * Returns the name of the stored table, such as `flairgate_group_member` for `groupMember`. With the prefix, no name is
 * a reserved word of SQL or the name of one of the application's own tables.
 */
export function sqlTable(table: TableName): string {
  return `flairgate_${sqlColumn(table)}`;
}

/** Returns the name of the stored column, such as `created_at` for `createdAt`. */
export function sqlColumn(column: string): string {
  return column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
