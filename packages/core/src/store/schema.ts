import type { TableName, Tables } from './rows.js';

type Column<T extends TableName> = Extract<keyof Tables[T], string>;

/** Description of one table for a store. */
export interface TableSchema<T extends TableName> {
  /** Columns of the primary key, in order. Lists are sorted and paged by the primary key. */
  readonly primary: readonly Column<T>[];
  /** Column sets whose combined values must be unique. A row with a null in such a set never conflicts. */
  readonly unique: readonly (readonly Column<T>[])[];
  /** Column sets with an index. */
  readonly indexes: readonly (readonly Column<T>[])[];
  /** Columns whose values are stored as JSON text. */
  readonly json: readonly Column<T>[];
  /** Boolean columns. */
  readonly boolean: readonly Column<T>[];
}

function table<T extends TableName>(
  primary: readonly Column<T>[],
  rest: Partial<Omit<TableSchema<T>, 'primary'>> = {},
): TableSchema<T> {
  return { primary, unique: [], indexes: [], json: [], boolean: [], ...rest };
}

/** Descriptions of all tables, used by all stores. The contract tests compare them with the migrations. */
export const schema: { readonly [T in TableName]: TableSchema<T> } = {
  revision: table<'revision'>(['id']),
  change: table<'change'>(['n', 'scope', 'id']),
  setting: table<'setting'>(['name']),
  material: table<'material'>(['name', 'wrapping']),
  catalogue: table<'catalogue'>(['digest'], { json: ['entries'] }),
  organization: table<'organization'>(['oid'], { indexes: [['name']] }),
  user: table<'user'>(['uid'], { unique: [['email']], indexes: [['oid'], ['oid', 'uid']], boolean: ['active'] }),
  membership: table<'membership'>(['uid', 'oid'], {
    indexes: [['oid'], ['uid', 'accepted'], ['oid', 'uid'], ['oid', 'role']],
    json: ['permissions'],
    boolean: ['accepted'],
  }),
  identity: table<'identity'>(['id'], { unique: [['kind', 'scope', 'name']] }),
  key: table<'key'>(['keyId'], {
    indexes: [
      ['oid', 'kind'],
      ['uid'],
      ['identity'],
      ['oid', 'kind', 'revokedAt', 'keyId'],
      ['oid', 'kind', 'name', 'revokedAt'],
      ['oid', 'createdBy', 'kind', 'revokedAt'],
      ['uid', 'revokedAt'],
    ],
    json: ['flairs', 'permissions', 'ranges', 'policy'],
    boolean: ['honeytoken'],
  }),
  secret: table<'secret'>(['tag'], { indexes: [['keyId']] }),
  group: table<'group'>(['gid'], { json: ['permissions'] }),
  groupMember: table<'groupMember'>(['gid', 'uid'], {
    indexes: [['uid'], ['uid', 'accepted']],
    boolean: ['accepted'],
  }),
  groupOwner: table<'groupOwner'>(['gid', 'uid'], { indexes: [['uid']] }),
  groupOrganization: table<'groupOrganization'>(['gid', 'oid'], { indexes: [['oid']] }),
  groupChild: table<'groupChild'>(['gid', 'child'], { indexes: [['child']] }),
  made: table<'made'>(['uid', 'kind', 'id'], { indexes: [['kind', 'id']] }),
  policy: table<'policy'>(['oid', 'name'], { json: ['grants'] }),
  consent: table<'consent'>(['uid', 'oid'], { indexes: [['oid']] }),
  offer: table<'offer'>(['oid', 'uid', 'via', 'giver'], {
    indexes: [['uid', 'via'], ['giver'], ['via']],
    json: ['permissions'],
  }),
  decline: table<'decline'>(['uid', 'oid'], { indexes: [['oid']] }),
  federation: table<'federation'>(['keyId'], { indexes: [['oid']], json: ['matches'], boolean: ['once'] }),
  usedToken: table<'usedToken'>(['issuer', 'tokenId']),
  linkedSubject: table<'linkedSubject'>(['issuer', 'subject', 'uid'], { unique: [['issuer', 'subject'], ['uid']] }),
  session: table<'session'>(['uid', 'sessionId'], { unique: [['tag']] }),
  tokenRevocation: table<'tokenRevocation'>(['oid']),
  signingKey: table<'signingKey'>(['kid'], { json: ['publicJwk'] }),
  ownership: table<'ownership'>(['oid', 'type', 'id'], {
    indexes: [
      ['oid', 'type', 'organization', 'createdBy', 'id'],
      ['oid', 'type', 'organization', 'id'],
    ],
  }),
  ownershipType: table<'ownershipType'>(['oid', 'type']),
  intent: table<'intent'>(['oid', 'type', 'id'], { boolean: ['strict'] }),
  audit: table<'audit'>(['id'], {
    indexes: [
      ['oid', 'id'],
      ['oid', 'actor', 'id'],
      ['oid', 'target', 'id'],
      ['oid', 'action', 'id'],
      ['oid', 'outcome', 'id'],
    ],
    json: ['details'],
  }),
  usage: table<'usage'>(['oid', 'day', 'keyId'], {
    indexes: [['day'], ['oid', 'keyId', 'day']],
    json: ['permissions'],
  }),
  replay: table<'replay'>(['identity', 'key'], { indexes: [['at']], json: ['answer'] }),
};
