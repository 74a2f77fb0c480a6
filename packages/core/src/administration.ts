export { namesIn } from './administration/audit/audit-names.js';
export type { AuditFilter } from './administration/audit/find-entries.js';
export { type PruneAuditInput, type PrunedAudit, pruneAudit } from './administration/audit/prune-audit.js';
export { type NamedAudit, readAudit } from './administration/audit/read-audit.js';
export { type KeyUsage, type ReadUsageInput, readUsage } from './administration/audit/read-usage.js';
export { createRefusalLog, type RefusalLog } from './administration/audit/refusal-log.js';
export { createUsageLog, type UsageLog } from './administration/audit/usage-log.js';
export { type BackupSummary, backUp } from './administration/backup/back-up.js';
export { confirmRestore } from './administration/backup/confirm-restore.js';
export { type Backup, openBackup } from './administration/backup/open-backup.js';
export { type Restored, type RestoreInput, restore } from './administration/backup/restore.js';
export {
  type PutCatalogueInput,
  putCatalogue,
  type StoredCatalogue,
} from './administration/catalogue/put-catalogue.js';
export { type PutSettingsInput, putSettings, type StoredSettings } from './administration/catalogue/put-settings.js';
export type { Actor } from './administration/command/actor.js';
export type { ActorState } from './administration/command/actor-state.js';
export {
  type CallerLimits,
  DEFAULT_CALLER_LIMITS,
  denyLimit,
  type LimitName,
  limitsOf,
  parseCallerLimits,
} from './administration/command/caller-limits.js';
export type { AdministrationContext } from './administration/command/context.js';
export { MAX_PAGE, type Paged, type PageInput } from './administration/command/cursor.js';
export type { Entitlements } from './administration/command/entitlements.js';
export {
  ABSENT,
  type Conditional,
  type ExpectedVersion,
  type VersionedMembership,
} from './administration/command/expected-version.js';
export type { IdempotentRequest } from './administration/command/idempotency.js';
export { readOrClaimCatalogue, readOrClaimSetting, type SettingName } from './administration/command/settings.js';
export type { Dimension } from './administration/escalation/check-no-escalation.js';
export { type ExchangeInput, exchange, userKeyInfo } from './administration/exchange/exchange.js';
export type { ExchangeContext } from './administration/exchange/exchange-context.js';
export { revokeTokens } from './administration/exchange/revoke-tokens.js';
export type { FederationRule } from './administration/federation/check-rule.js';
export {
  type CreatedFederation,
  type CreateFederationInput,
  createFederation,
} from './administration/federation/create-federation.js';
export {
  exchangeFederated,
  type FederatedInput,
  type FederatedToken,
  type FederationContext,
} from './administration/federation/exchange-federated.js';
export {
  deleteFederation,
  type FederationReference,
  type ListedFederation,
  listFederations,
} from './administration/federation/federations.js';
export { createGroup } from './administration/groups/create-group.js';
export { deleteGroup } from './administration/groups/delete-group.js';
export {
  type AccessGroup,
  type GroupAccess,
  type GroupUser,
  listGroupAccess,
} from './administration/groups/group-access.js';
export {
  addGroupMember,
  addGroupOwner,
  type GroupUserInput,
  removeGroupMember,
  removeGroupOwner,
} from './administration/groups/group-members.js';
export {
  addGroupOrganization,
  type GroupOrganizationInput,
  removeGroupOrganization,
} from './administration/groups/group-organizations.js';
export { type GroupPermissionsInput, setGroupPermissions } from './administration/groups/group-permissions.js';
export { type NestGroupInput, nestGroup, unnestGroup } from './administration/groups/nest-group.js';
export {
  type GroupDescription,
  listGroups,
  type ReadGroups,
  readGroup,
  readGroupLog,
  readGroups,
} from './administration/groups/read-groups.js';
export {
  type AcceptExchanged,
  acceptInvitation,
  createAcceptExchanged,
  type ExchangedKey,
  type InvitationReference,
} from './administration/invitations/accept-invitation.js';
export { declineInvitation, type Invitation, listInvitations } from './administration/invitations/invitations.js';
export { type ApiUserReference, replaceApiUserKey, revokeApiUserKey } from './administration/keys/api-user-key.js';
export type { CreateKeyInput, KeyOwner } from './administration/keys/check-new-key.js';
export { type CreatedKey, createKey } from './administration/keys/create-key.js';
export { describeKey, type KeyDescription, type KeySecretDescription } from './administration/keys/describe-key.js';
export type { KeyReference } from './administration/keys/find-key.js';
export { type ImportedKey, importKey } from './administration/keys/import/import-key.js';
export type { ImportKeyInput } from './administration/keys/import/prepare-import.js';
export { type KeyNameUse, readKeyName } from './administration/keys/key-names.js';
export { type ListedKey, type ListKeysInput, listKeys } from './administration/keys/list-keys.js';
export { revokeKey } from './administration/keys/revoke-key.js';
export { finishRotation } from './administration/keys/rotation/finish-rotation.js';
export { type RotateKeyInput, rotateKey } from './administration/keys/rotation/rotate-key.js';
export type { RotatedKey } from './administration/keys/secrets.js';
export { setKeyState } from './administration/keys/set-key-state.js';
export { type KeyChange, type UpdateKeyInput, updateKey } from './administration/keys/update-key.js';
export { listUserKeys, revokeUserKey } from './administration/keys/user-keys.js';
export {
  type ActingRequest,
  type Administration,
  type AdministrationOptions,
  type ChangedKey,
  type KeyCommands,
  type KeyInList,
  type NewKey,
  type OperatorCommands,
  type OrganizationKey,
  openAdministration,
} from './administration/open-administration.js';
export {
  type CreatedOrganization,
  type CreateOrganizationInput,
  createOrganization,
} from './administration/organizations/create-organization.js';
export { deleteOrganization } from './administration/organizations/delete-organization.js';
export { checkOrganizationName } from './administration/organizations/organization-names.js';
export { findOwnerless } from './administration/organizations/ownerless.js';
export { listOrganizations, readOrganization } from './administration/organizations/read-organization.js';
export {
  type UpdateOrganizationInput,
  updateOrganization,
} from './administration/organizations/update-organization.js';
export { deletePolicy, listPolicies, type PolicyReference, readPolicy } from './administration/policies/policies.js';
export type { PolicyGrants } from './administration/policies/policy-grants.js';
export { type PutPolicyInput, putPolicy } from './administration/policies/put-policy.js';
export { findUnlistedPolicies } from './administration/policies/unlisted-policies.js';
export {
  type Adopted,
  type AdoptInput,
  adoptResources,
  type ResolveInput,
  resolveIntent,
} from './administration/resources/adopt-resources.js';
export {
  type AccessExplanation,
  type ExplainAccessInput,
  explainAccess,
} from './administration/resources/explain-access.js';
export {
  type ExplainedResource,
  type ExplainResourcesInput,
  explainResources,
  type ListOwnership,
  type OwnedResource,
  type OwnershipPage,
  type ResourcesExplanation,
} from './administration/resources/explain-resources.js';
export type {
  ExplainedCaller,
  ExplainedReference,
  ExplainedState,
} from './administration/resources/explained-caller.js';
export type {
  ExplainedDecision,
  ExplainedResourceInput,
  FindOwnership,
} from './administration/resources/explained-resource.js';
export { type ListedOwnership, listOwnership } from './administration/resources/list-ownership.js';
export type { GuardedResource, GuardedType, InlineResource } from './administration/resources/ownership-space.js';
export { type ChangedLock, releaseLock, transferLock } from './administration/resources/release-lock.js';
export {
  type ChangeFeed,
  type ChangeFeedOptions,
  type ChangePage,
  createChangeFeed,
  type FeedChange,
  type FeedInput,
} from './administration/services/change-feed.js';
export {
  exchangeOnBehalf,
  type OnBehalfInput,
  type OnBehalfToken,
} from './administration/services/exchange-on-behalf.js';
export { type IntrospectInput, introspect } from './administration/services/introspect.js';
export type { ServiceAuthContext } from './administration/services/presented-credential.js';
export {
  type CreatedServiceKey,
  type CreateServiceKeyInput,
  createServiceKey,
  type ListedServiceKey,
  listServiceKeys,
  revokeServiceKey,
} from './administration/services/service-key.js';
export { unlinkSubject } from './administration/sign-in/unlink-subject.js';
export { activateUser } from './administration/users/activate-user.js';
export { createApiUser, type ListedApiUser, listApiUsers, readApiUser } from './administration/users/api-users.js';
export {
  type ChangePermissionsInput,
  grantPermissions,
  revokePermissions,
} from './administration/users/change-permissions.js';
export { type CreateUserInput, createUser } from './administration/users/create-user.js';
export { deactivateUser, deleteUser, type UserReference } from './administration/users/end-user.js';
export { type InviteUserInput, inviteAddress, inviteUser } from './administration/users/invite-user.js';
export { type JoinUserInput, joinUser } from './administration/users/join-user.js';
export { type ListedUser, listUsers, readMember } from './administration/users/list-users.js';
export { type LeftKey, type RemovedUser, removeUser } from './administration/users/remove-user.js';
export { ROLE_NAMES, type RoleName } from './administration/users/roles.js';
export { type GivenRole, type SetRoleInput, setRole } from './administration/users/set-role.js';
export {
  listUserOrganizations,
  type UserOrganizations,
  type UserOrganizationsInput,
} from './administration/users/user-organizations.js';
