export { type PruneAuditInput, type PrunedAudit, pruneAudit } from './audit/prune-audit.js';
export { readAudit } from './audit/read-audit.js';
export { createRefusalLog, type RefusalLog } from './audit/refusal-log.js';
export { type BackupSummary, backUp } from './backup/back-up.js';
export { confirmRestore } from './backup/confirm-restore.js';
export { type Backup, openBackup } from './backup/open-backup.js';
export { type Restored, type RestoreInput, restore } from './backup/restore.js';
export type { Actor, ActorState } from './command/actor.js';
export { type CallerLimits, denyLimit, type LimitName, limitsOf, parseCallerLimits } from './command/caller-limits.js';
export type { AdministrationContext } from './command/context.js';
export { MAX_PAGE, type Paged, type PageInput } from './command/cursor.js';
export type { Entitlements } from './command/entitlements.js';
export {
  ABSENT,
  type Conditional,
  type ExpectedVersion,
  type VersionedMembership,
} from './command/expected-version.js';
export type { IdempotentRequest } from './command/idempotency.js';
export { readOrClaimCatalogue, type SettingName, settle } from './command/settings.js';
export {
  type AcceptExchanged,
  acceptInvitation,
  createAcceptExchanged,
  type ExchangedKey,
  type InvitationReference,
} from './consent/accept-invitation.js';
export { declineInvitation, type Invitation, listInvitations } from './consent/invitations.js';
export type { Dimension } from './escalation/check-no-escalation.js';
export { type ExchangeContext, type ExchangeInput, exchange, userKeyInfo } from './exchange/exchange.js';
export { revokeTokens } from './exchange/revoke-tokens.js';
export { createGroup } from './groups/create-group.js';
export { deleteGroup } from './groups/delete-group.js';
export {
  addGroupMember,
  addGroupOwner,
  type GroupUserInput,
  removeGroupMember,
  removeGroupOwner,
} from './groups/group-members.js';
export {
  addGroupOrganization,
  type GroupOrganizationInput,
  removeGroupOrganization,
} from './groups/group-organizations.js';
export { type GroupPermissionsInput, setGroupPermissions } from './groups/group-permissions.js';
export { type NestGroupInput, nestGroup, unnestGroup } from './groups/nest-group.js';
export { type GroupDescription, listGroups, readGroup, readGroupLog } from './groups/read-groups.js';
export { type ApiUserReference, replaceApiUserKey, revokeApiUserKey } from './keys/api-user-key.js';
export { type CreatedKey, type CreateKeyInput, createKey, type KeyOwner } from './keys/create-key.js';
export { describeKey, type KeyDescription, type KeySecretDescription } from './keys/describe-key.js';
export type { KeyReference } from './keys/find-key.js';
export { finishRotation } from './keys/finish-rotation.js';
export { type ImportKeyInput, importKey } from './keys/import-key.js';
export { type ListedKey, type ListKeysInput, listKeys } from './keys/list-keys.js';
export { revokeKey } from './keys/revoke-key.js';
export { type RotatedKey, type RotateKeyInput, rotateKey } from './keys/rotate-key.js';
export { setKeyState } from './keys/set-key-state.js';
export { listUserKeys, revokeUserKey } from './keys/user-keys.js';
export {
  type CreatedOrganization,
  type CreateOrganizationInput,
  createOrganization,
} from './organizations/create-organization.js';
export { deleteOrganization } from './organizations/delete-organization.js';
export { findOwnerless } from './organizations/ownerless.js';
export { listOrganizations, readOrganization } from './organizations/read-organization.js';
export { deletePolicy, listPolicies, type PolicyReference, readPolicy } from './policies/policies.js';
export type { PolicyGrants } from './policies/policy-grants.js';
export { type PutPolicyInput, putPolicy } from './policies/put-policy.js';
export {
  type Adopted,
  type AdoptInput,
  adoptResources,
  type ResolveInput,
  resolveIntent,
} from './resources/adopt-resources.js';
export { type ListedOwnership, listOwnership } from './resources/list-ownership.js';
export type { GuardedResource, GuardedType, InlineResource } from './resources/ownership-space.js';
export { type ChangedLock, releaseLock, transferLock } from './resources/release-lock.js';
export {
  type ChangeFeed,
  type ChangeFeedOptions,
  type ChangePage,
  createChangeFeed,
  type FeedChange,
  type FeedInput,
} from './services/change-feed.js';
export { exchangeOnBehalf, type OnBehalfInput, type OnBehalfToken } from './services/exchange-on-behalf.js';
export { type IntrospectInput, introspect } from './services/introspect.js';
export type { ServiceAuthContext } from './services/presented-credential.js';
export {
  type CreatedServiceKey,
  type CreateServiceKeyInput,
  createServiceKey,
  type ListedServiceKey,
  listServiceKeys,
  revokeServiceKey,
} from './services/service-key.js';
export { activateUser } from './users/activate-user.js';
export { createApiUser, type ListedApiUser, listApiUsers, readApiUser } from './users/api-users.js';
export { type ChangePermissionsInput, grantPermissions, revokePermissions } from './users/change-permissions.js';
export { type CreateUserInput, createUser } from './users/create-user.js';
export { deactivateUser, deleteUser, type UserReference } from './users/end-user.js';
export { type InviteUserInput, inviteUser } from './users/invite-user.js';
export { type JoinUserInput, joinUser } from './users/join-user.js';
export { type ListedUser, listUsers, readMember } from './users/list-users.js';
export { type LeftKey, type RemovedUser, removeUser } from './users/remove-user.js';
export { ROLE_NAMES, type RoleName } from './users/roles.js';
export { type GivenRole, type SetRoleInput, setRole } from './users/set-role.js';
export {
  listUserOrganizations,
  type UserOrganizations,
  type UserOrganizationsInput,
} from './users/user-organizations.js';
