import type { WorstCase } from './worst-case.ts';

/** Names the amounts that a route's work may grow with. */
export type Grows =
  /** With nothing. */
  | 'nothing'
  /** With the organizations and groups of the caller, which are read to know what it may do. */
  | 'caller'
  /** With these, and with one page of a list, which has at most 1,000 entries. */
  | 'page'
  /** With these, and with the members and policies of one group. */
  | 'group'
  /** With these, and with everything in one organization. */
  | 'organization';

export interface CostlyRequest {
  readonly grows: Grows;
  /** Status of the answer to a caller that owns all. */
  readonly status: number;
  readonly json?: (of: WorstCase) => Readonly<Record<string, unknown>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const of = (grows: Grows, json?: CostlyRequest['json'], status = 200): CostlyRequest => ({
  grows,
  status,
  ...(json === undefined ? {} : { json }),
});
const list = (query = '?limit=1000'): CostlyRequest => ({ grows: 'page', status: 200, query });
const member = ({ email }: WorstCase) => ({ email });
const groupMember = ({ email }: WorstCase) => ({ member_email: email });
const secret = ({ uid, text }: WorstCase) => ({ uid, secret: text });

/** One request to every operation of the service, in an order in which each finds what it needs. */
export const requests: Readonly<Record<string, CostlyRequest>> = {
  getHealthz: of('nothing'),
  getReadyz: of('nothing'),
  getOpenapiJson: of('nothing'),
  getOwnerPermissions: of('nothing'),
  getWellKnownJwksJson: of('nothing'),
  getWellKnownOauthAuthorizationServer: of('nothing'),
  getWellKnownOauthProtectedResource: of('nothing'),
  getWellKnownFlairgateCatalogueDigest: of('nothing', undefined, 404),
  postJwt: of('caller', ({ uid, text, oid }) => ({ uid, secret: text, oid })),
  postUserKeyInfo: of('caller', (each) => ({ ...secret(each), with_names: 'true' })),
  postOauthIntrospect: of('caller', ({ text }) => ({ token: text }), 401),
  postOauthToken: of('caller', () => ({ grant_type: 'x' }), 401),
  getChanges: of('caller', undefined, 401),
  getWho: of('caller'),
  getUserOrgs: list(),
  getUserInvitations: list(),
  getUserKeys: list(),
  getGroups: list(),
  getGroupsConcurrent: list(''),
  getGroupsGid: of('group'),
  getGroupsGidLogs: list(),
  getOrgsOid: of('caller'),
  getOrgsOidDelete: of('caller'),
  getOrgsOidKeys: list(),
  getOrgsOidKeyNames: { grows: 'caller', status: 200, query: '?key_name=other' },
  getInsightOidIngestionKeys: list(),
  getOrgsOidFederations: list(''),
  getOrgsOidUsers: list(),
  getOrgsOidUsersPermissions: { ...list(), grows: 'group' },
  getOrgsOidApiUsers: list(),
  getOrgsOidApiUsersUid: of('caller'),
  getOrgsOidPolicies: list(),
  getOrgsOidPoliciesName: of('caller'),
  getOrgsOidAudit: list(),
  getInsightOidAudit: list(),
  getOrgsOidUsage: list(),
  postOrgsOidExplain: of('caller', ({ otherKeyId }) => ({
    key_hash: otherKeyId,
    ownership: { createdBy: null, lockedBy: null, secretTo: null },
  })),
  postOrgsOidExplainResources: of('page', ({ otherKeyId }) => ({ key_hash: otherKeyId, type: 'rule', limit: 1000 })),
  postOrgsNew: of('caller', () => ({ name: 'new', loc: 'x' }), 200),
  postOrgsOidName: of('caller', () => ({ name: 'renamed' })),
  postOrgsOidKeys: of('caller', () => ({ key_name: 'new', perms: 'dr.list' })),
  patchOrgsOidKeysKeyHash: {
    ...of('caller', () => ({ description: 'changed' })),
    headers: { 'If-Match': '*' },
  },
  postOrgsOidKeysKeyHashRotate: of('caller', () => ({ overlap: '0' })),
  postOrgsOidKeysKeyHashDisable: of('caller'),
  postOrgsOidKeysKeyHashEnable: of('caller'),
  deleteOrgsOidKeys: of('caller', ({ keyId }) => ({ key_hash: keyId })),
  postInsightOidIngestionKeys: of('caller', () => ({ name: 'new' })),
  deleteInsightOidIngestionKeys: of('caller', () => ({ name: 'new' })),
  postOrgsOidFederations: of('caller', () => ({ name: 'f', issuer: 'https://i.example', audience: 'a' }), 400),
  deleteOrgsOidFederations: of('caller', ({ federationId }) => ({ federation_id: federationId })),
  postOrgsOidUsers: of('caller', () => ({ email: 'new@example.com', invite_missing: 'true' })),
  postUsersInvite: of('caller', ({ oid }) => ({ email: 'newer@example.com', oid })),
  postInviteUser: of('caller', () => ({ user_email: 'newest@example.com' })),
  postOrgsOidUsersPermissions: of('caller', (each) => ({ ...member(each), perm: 'dr.set' })),
  deleteOrgsOidUsersPermissions: of('caller', (each) => ({ ...member(each), perm: 'dr.set' })),
  putOrgsOidUsersRole: of('caller', (each) => ({ ...member(each), role: 'Viewer' })),
  deleteOrgsOidUsers: of('organization', member),
  postOrgsOidApiUsers: of('caller', () => ({ name: 'new' })),
  postOrgsOidApiUsersUidKey: of('caller', () => ({ key_name: 'new' })),
  deleteOrgsOidApiUsersUidKey: of('caller'),
  postOrgsOidApiUsersUidDeactivate: of('caller'),
  postOrgsOidApiUsersUidActivate: of('caller'),
  deleteOrgsOidApiUsersUid: of('caller'),
  postUserKeys: of('caller', () => ({ key_name: 'new' }), 409),
  deleteUserKeys: of('caller', () => ({ key_hash: '3000000000' })),
  postGroups: of('caller', () => ({ name: 'new' })),
  postGroupsGidUsers: of('group', ({ uid }) => ({ member_email: uid })),
  deleteGroupsGidUsers: of('group', groupMember),
  postGroupsGidOwners: of('caller', groupMember),
  deleteGroupsGidOwners: of('caller', groupMember),
  putGroupsGidGroupsChild: of('group'),
  deleteGroupsGidGroupsChild: of('group'),
  deleteGroupsGidOrgs: of('group', ({ oid }) => ({ oid })),
  postGroupsGidOrgs: of('group', ({ oid }) => ({ oid })),
  postGroupsGidPermissions: of('group', () => ({ perm: 'dr.set' })),
  putOrgsOidPoliciesName: of('group', ({ gid }) => ({ grants: { [gid]: { company: ['write'] } } })),
  deleteOrgsOidPoliciesName: of('group'),
  deleteGroupsGid: of('group'),
  postUserInvitationsOid: of('organization'),
  deleteUserInvitationsOid: of('organization'),
  deleteOrgsOidDelete: of('organization', () => ({ confirmation: 'x' }), 400),
  postOrgsOidTokensRevoke: of('caller'),
  deleteOrgsOid: of('organization'),
};
