export {
  type AcceptExchanged,
  acceptInvitation,
  createAcceptExchanged,
  type ExchangedKey,
  type InvitationReference,
} from './accept-invitation.js';
export { activateUser } from './activate-user.js';
export type { Actor, Standing } from './actor.js';
export {
  type Adopted,
  type AdoptInput,
  adoptResources,
  type ResolveInput,
  resolveIntent,
} from './adopt-resources.js';
export { type ApiUserReference, replaceApiUserKey, revokeApiUserKey } from './api-user-key.js';
export { apiUserName } from './api-user-name.js';
export { createApiUser, type ListedApiUser, listApiUsers, readApiUser } from './api-users.js';
export { type BackupSummary, backUp } from './backup/back-up.js';
export { confirmRestore } from './backup/confirm-restore.js';
export { type Backup, openBackup } from './backup/open-backup.js';
export { type Restored, type RestoreInput, restore } from './backup/restore.js';
export {
  type CallerLimits,
  checkLimit,
  DEFAULT_CALLER_LIMITS,
  denyLimit,
  type LimitName,
  limitsOf,
  parseCallerLimits,
} from './caller-limits.js';
export {
  type ChangeFeed,
  type ChangeFeedOptions,
  type ChangePage,
  createChangeFeed,
  type FeedChange,
  type FeedInput,
} from './change-feed.js';
export {
  type ChangePermissionsInput,
  grantPermissions,
  revokePermissions,
} from './change-permissions.js';
export type { AdministrationContext } from './context.js';
export { createGroup } from './create-group.js';
export { type CreatedKey, type CreateKeyInput, createKey, type KeyOwner } from './create-key.js';
export {
  type CreatedOrganization,
  type CreateOrganizationInput,
  createOrganization,
} from './create-organization.js';
export { type CreateUserInput, createUser } from './create-user.js';
export { MAX_PAGE, type Paged, type PageInput } from './cursor.js';
export { deleteGroup } from './delete-group.js';
export { deleteOrganization } from './delete-organization.js';
export { describeKey, type KeyDescription, type KeySecretDescription } from './describe-key.js';
export { deactivateUser, deleteUser, type UserReference } from './end-user.js';
export {
  type ExchangeContext,
  type ExchangeInput,
  exchange,
  userKeyInfo,
} from './exchange.js';
export { exchangeOnBehalf, type OnBehalfInput, type OnBehalfToken } from './exchange-on-behalf.js';
export { ABSENT, type Conditional, type ExpectedVersion, type VersionedMembership } from './expected-version.js';
export type { KeyReference } from './find-key.js';
export { finishRotation } from './finish-rotation.js';
export {
  addGroupMember,
  addGroupOwner,
  type GroupUserInput,
  removeGroupMember,
  removeGroupOwner,
} from './group-members.js';
export {
  addGroupOrganization,
  type GroupOrganizationInput,
  removeGroupOrganization,
} from './group-organizations.js';
export { type GroupPermissionsInput, setGroupPermissions } from './group-permissions.js';
export { type ImportKeyInput, importKey } from './import-key.js';
export { type IntrospectInput, introspect } from './introspect.js';
export { declineInvitation, type Invitation, listInvitations } from './invitations.js';
export { type InviteUserInput, inviteUser } from './invite-user.js';
export { type JoinUserInput, joinUser } from './join-user.js';
export { type ListedKey, type ListKeysInput, listKeys } from './list-keys.js';
export { type ListedOwnership, listOwnership } from './list-ownership.js';
export { type ListedUser, listUsers, readMember } from './list-users.js';
export { type Dimension, mayMint } from './may-mint.js';
export { type NestGroupInput, nestGroup, unnestGroup } from './nest-group.js';
export { findOwnerless } from './ownerless.js';
export type { GuardedResource, GuardedType, InlineResource } from './ownership-space.js';
export { deletePolicy, listPolicies, type PolicyReference, readPolicy } from './policies.js';
export type { PolicyGrants } from './policy-grants.js';
export type { Power } from './power.js';
export type { FleetContext } from './presented.js';
export { type PruneAuditInput, type PrunedAudit, pruneAudit } from './prune-audit.js';
export { type PutPolicyInput, putPolicy } from './put-policy.js';
export { readAudit } from './read-audit.js';
export { type GroupDescription, listGroups, readGroup, readGroupLog } from './read-groups.js';
export { listOrganizations, readOrganization } from './read-organization.js';
export { createRefusalLog, type RefusalLog } from './refusal-log.js';
export { type ChangedLock, releaseLock, transferLock } from './release-lock.js';
export { type LeftKey, type RemovedUser, removeUser } from './remove-user.js';
export type { ReplayRequest } from './replay.js';
export { revokeKey } from './revoke-key.js';
export { revokeTokens } from './revoke-tokens.js';
export { ROLE_NAMES, type RoleName, roleGrants } from './roles.js';
export { type RotatedKey, type RotateKeyInput, rotateKey } from './rotate-key.js';
export {
  type CreatedServiceKey,
  type CreateServiceKeyInput,
  createServiceKey,
  type ListedServiceKey,
  listServiceKeys,
  revokeServiceKey,
} from './service-key.js';
export { setKeyState } from './set-key-state.js';
export { type GivenRole, type SetRoleInput, setRole } from './set-role.js';
export { type SettingName, settle, settleCatalogue } from './settings.js';
export { listUserKeys, revokeUserKey } from './user-keys.js';
export {
  listUserOrganizations,
  type UserOrganizations,
  type UserOrganizationsInput,
} from './user-organizations.js';
