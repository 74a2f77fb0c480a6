/**
 * Answers of a route to accepted callers that send no fields, and ids of nothing. A single number is the answer to all.
 */
export type Stand = number | Answers;

export interface Answers {
  /** To the owner of the organization, and to all where it is about none. */
  readonly owner: number;
  /** To others who hold what is needed. Default as `owner`. */
  readonly holder?: number;
  /** To a segmented key that holds what is needed. Default as `holder`. */
  readonly segmented?: number;
  /** Permissions that the command requires, if the route itself requires a credential only. */
  readonly judges?: readonly string[];
  /** It is done in the caller's own name: only a whole credential of a user gets so far. */
  readonly ownName?: true;
  /** It ends what the others are called with. */
  readonly ends?: true;
}

/** Users and policies do not exist for a segmented key. */
const users = { owner: 200, segmented: 404 };

/** The stand of every operation of the document. A new one has to be written down here. */
export const stands: Readonly<Record<string, Stand>> = {
  getHealthz: 200,
  getReadyz: 200,
  getOpenapiJson: 200,
  getOwnerPermissions: 200,
  getWellKnownJwksJson: 200,
  getWellKnownOauthAuthorizationServer: 200,
  getWellKnownOauthProtectedResource: 200,
  getWellKnownFlairgateCatalogueDigest: 404,
  getJwt: 400,
  postJwt: 400,
  getUserKeyInfo: 400,
  postUserKeyInfo: 400,
  postOauthIntrospect: 400,
  postOauthToken: 400,
  getChanges: 200,
  getWho: 200,
  postOrgsOidKeysKeyHashRotate: { owner: 404, judges: ['apikey.ctrl'] },
  patchOrgsOidKeysKeyHash: 400,
  postOrgsOidKeysKeyHashDisable: 404,
  postOrgsOidKeysKeyHashEnable: 404,
  getOrgsOidKeys: 200,
  getOrgsOidKeyNames: 400,
  postOrgsOidKeys: 400,
  deleteOrgsOidKeys: 400,
  getOrgsOidFederations: 200,
  postOrgsOidFederations: 400,
  deleteOrgsOidFederations: 400,
  getInsightOidIngestionKeys: 200,
  postInsightOidIngestionKeys: 400,
  deleteInsightOidIngestionKeys: 400,
  getOrgsOid: 200,
  deleteOrgsOid: { owner: 200, holder: 403, ends: true },
  getOrgsOidDelete: 200,
  deleteOrgsOidDelete: 400,
  postOrgsOidName: 400,
  postOrgsOidTokensRevoke: { owner: 200, segmented: 403, ends: true },
  getOrgsOidAudit: 200,
  getInsightOidAudit: 200,
  postOrgsOidExplain: 400,
  postOrgsOidExplainResources: 400,
  getOrgsOidUsage: 200,
  getOrgsOidUsers: users,
  postOrgsOidUsers: 400,
  deleteOrgsOidUsers: 400,
  getOrgsOidUsersPermissions: users,
  postOrgsOidUsersPermissions: 400,
  deleteOrgsOidUsersPermissions: 400,
  putOrgsOidUsersRole: 400,
  getOrgsOidApiUsers: users,
  postOrgsOidApiUsers: 400,
  getOrgsOidApiUsersUid: 404,
  deleteOrgsOidApiUsersUid: 404,
  postOrgsOidApiUsersUidDeactivate: 404,
  postOrgsOidApiUsersUidActivate: 404,
  postOrgsOidApiUsersUidKey: 404,
  deleteOrgsOidApiUsersUidKey: 404,
  getOrgsOidPolicies: users,
  getOrgsOidPoliciesName: 404,
  putOrgsOidPoliciesName: 400,
  deleteOrgsOidPoliciesName: 404,
  postOrgsNew: 400,
  postUsersInvite: 400,
  postInviteUser: 400,
  getUserOrgs: 200,
  getUserInvitations: { owner: 200, ownName: true },
  postUserInvitationsOid: { owner: 404, ownName: true },
  deleteUserInvitationsOid: { owner: 404, ownName: true },
  getUserKeys: { owner: 200, ownName: true },
  postUserKeys: 400,
  deleteUserKeys: 400,
  getGroups: 200,
  getGroupsConcurrent: 200,
  postGroups: 400,
  getGroupsGid: 404,
  deleteGroupsGid: { owner: 404, ownName: true },
  getGroupsGidLogs: { owner: 404, ownName: true },
  postGroupsGidUsers: 400,
  deleteGroupsGidUsers: 400,
  postGroupsGidOwners: 400,
  deleteGroupsGidOwners: 400,
  postGroupsGidOrgs: 400,
  deleteGroupsGidOrgs: 400,
  postGroupsGidPermissions: { owner: 404, ownName: true },
  putGroupsGidGroupsChild: { owner: 404, ownName: true },
  deleteGroupsGidGroupsChild: { owner: 404, ownName: true },
};

/** Returns the answer to a caller by its position in the organization. */
export function answerTo(stand: Stand, as: 'owner' | 'holder' | 'segmented'): number {
  if (typeof stand === 'number') return stand;
  const { owner, holder = owner, segmented = holder } = stand;
  return { owner, holder, segmented }[as];
}
