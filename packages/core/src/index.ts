// administration
export { activateUser } from './administration/activate-user.js';
export type { Actor, Standing } from './administration/actor.js';
export {
  type Adopted,
  type AdoptInput,
  adoptResources,
  type ResolveInput,
  resolveIntent,
} from './administration/adopt-resources.js';
export { type ApiUserReference, replaceApiUserKey, revokeApiUserKey } from './administration/api-user-key.js';
export { apiUserName } from './administration/api-user-name.js';
export { createApiUser, type ListedApiUser, listApiUsers, readApiUser } from './administration/api-users.js';
export { type BackupSummary, backUp } from './administration/backup/back-up.js';
export { confirmRestore } from './administration/backup/confirm-restore.js';
export { type Backup, openBackup } from './administration/backup/open-backup.js';
export { type Restored, type RestoreInput, restore } from './administration/backup/restore.js';
export {
  type ChangeFeed,
  type ChangeFeedOptions,
  type ChangePage,
  createChangeFeed,
  type FeedChange,
  type FeedInput,
} from './administration/change-feed.js';
export {
  type ChangePermissionsInput,
  grantPermissions,
  revokePermissions,
} from './administration/change-permissions.js';
export type { AdministrationContext } from './administration/context.js';
export { createGroup } from './administration/create-group.js';
export { type CreatedKey, type CreateKeyInput, createKey, type KeyOwner } from './administration/create-key.js';
export {
  type CreatedOrganization,
  type CreateOrganizationInput,
  createOrganization,
} from './administration/create-organization.js';
export { type CreateUserInput, createUser } from './administration/create-user.js';
export { MAX_PAGE, type Paged, type PageInput } from './administration/cursor.js';
export { deleteGroup } from './administration/delete-group.js';
export { deleteOrganization } from './administration/delete-organization.js';
export { describeKey, type KeyDescription, type KeySecretDescription } from './administration/describe-key.js';
export { deactivateUser, deleteUser, type UserReference } from './administration/end-user.js';
export { type ExchangeContext, type ExchangeInput, exchange, userKeyInfo } from './administration/exchange.js';
export { exchangeOnBehalf, type OnBehalfInput, type OnBehalfToken } from './administration/exchange-on-behalf.js';
export type { Conditional, ExpectedVersion, VersionedMembership } from './administration/expected-version.js';
export type { KeyReference } from './administration/find-key.js';
export { finishRotation } from './administration/finish-rotation.js';
export {
  addGroupMember,
  addGroupOwner,
  type GroupUserInput,
  removeGroupMember,
  removeGroupOwner,
} from './administration/group-members.js';
export {
  addGroupOrganization,
  type GroupOrganizationInput,
  removeGroupOrganization,
} from './administration/group-organizations.js';
export { type GroupPermissionsInput, setGroupPermissions } from './administration/group-permissions.js';
export { type ImportKeyInput, importKey } from './administration/import-key.js';
export { type IntrospectInput, introspect } from './administration/introspect.js';
export { inviteUser } from './administration/invite-user.js';
export { type JoinUserInput, joinUser } from './administration/join-user.js';
export { type ListedKey, type ListKeysInput, listKeys } from './administration/list-keys.js';
export { type ListedOwnership, listOwnership } from './administration/list-ownership.js';
export { type ListedUser, listUsers, readMember } from './administration/list-users.js';
export { type Dimension, mayMint } from './administration/may-mint.js';
export { type NestGroupInput, nestGroup, unnestGroup } from './administration/nest-group.js';
export type { GuardedResource, GuardedType, InlineResource } from './administration/ownership-space.js';
export { deletePolicy, listPolicies, type PolicyReference, readPolicy } from './administration/policies.js';
export type { PolicyGrants } from './administration/policy-grants.js';
export type { Power } from './administration/power.js';
export type { FleetContext } from './administration/presented.js';
export { type PutPolicyInput, putPolicy } from './administration/put-policy.js';
export { readAudit } from './administration/read-audit.js';
export { type GroupDescription, listGroups, readGroup, readGroupLog } from './administration/read-groups.js';
export { listOrganizations, readOrganization } from './administration/read-organization.js';
export { createRefusalLog, type RefusalLog } from './administration/refusal-log.js';
export { type ChangedLock, releaseLock, transferLock } from './administration/release-lock.js';
export { removeUser } from './administration/remove-user.js';
export type { ReplayRequest } from './administration/replay.js';
export { revokeKey } from './administration/revoke-key.js';
export { revokeTokens } from './administration/revoke-tokens.js';
export { ROLE_NAMES, type RoleName, roleGrants } from './administration/roles.js';
export { type RotatedKey, type RotateKeyInput, rotateKey } from './administration/rotate-key.js';
export {
  type CreatedServiceKey,
  type CreateServiceKeyInput,
  createServiceKey,
  type ListedServiceKey,
  listServiceKeys,
  revokeServiceKey,
} from './administration/service-key.js';
export { setKeyState } from './administration/set-key-state.js';
export { type GivenRole, type SetRoleInput, setRole } from './administration/set-role.js';
export { type SettingName, settle, settleCatalogue } from './administration/settings.js';
export { listUserKeys, revokeUserKey } from './administration/user-keys.js';
export {
  listUserOrganizations,
  type UserOrganizations,
  type UserOrganizationsInput,
} from './administration/user-organizations.js';
// answer
export { allow, type Denial, type DenialCode, type DenialMembers, type Outcome, type Stage } from './answer/denial.js';
export { type DenialDetails, type DenialRow, denialTable, deny } from './answer/denial-table.js';
export { DeniedError, OptionError, UnavailableError } from './answer/errors.js';
export type { Explanation } from './answer/explanation.js';
export { denyIssues, type Issue } from './answer/issue.js';
export { nearest } from './answer/nearest.js';
export { refuseUnknown } from './answer/refuse-unknown.js';
export { type Answer, type RespondOptions, respond } from './answer/respond.js';
export { type Authenticator, isDenial } from './authenticator.js';
// credential
export {
  type Credential,
  checkCredential,
  isB64Token,
  type ReadCredentialOptions,
  readCredential,
} from './credential/read-credential.js';
// permission
export { type Catalogue, createCatalogue } from './permission/catalogue.js';
export { defaultCatalogue, limaCharlieCatalogue, limeCatalogue } from './permission/catalogues/built-in.js';
export { type GrantKind, grantKind } from './permission/grammar.js';
export { parseGrants, validateGrants } from './permission/grants.js';
export { permissionPresets } from './permission/presets.js';
export {
  compileRequirement,
  type Judgement,
  judge,
  type Requirement,
  type RequirementMode,
} from './permission/requirement.js';
// principal
export { type AuthenticatorOptions, createAuthenticator } from './principal/create-authenticator.js';
export { FLAIRS, type Flair, isFlair, orderFlairs } from './principal/flair.js';
export { createHoneytokens, type HoneytokenEvent, type Honeytokens } from './principal/honeytokens.js';
export { type OwnIssuerOptions, ownIssuer, type TokenOptions } from './principal/identify-token.js';
export {
  type ActiveIntrospection,
  type IntrospectedOrganization,
  type Introspection,
  parseIntrospection,
} from './principal/introspection.js';
export { checkChosenSecret } from './principal/key/chosen-secret.js';
export {
  checkHashSetting,
  DEFAULT_HASH_SETTING,
  type HashSetting,
  hashSecret,
  needsRehash,
  verifySecret,
} from './principal/key/hash.js';
export { createHasher, type Hasher, type HasherOptions } from './principal/key/hasher.js';
export { parseMasterKey } from './principal/key/master-key.js';
export { finishRewrap, type KeyMaterial, openMaterial, rewrapMaterial } from './principal/key/material.js';
export { type MemoryStoreOptions, memoryStore } from './principal/key/memory-store.js';
export { openStore } from './principal/key/open-store.js';
export type { RandomBytes } from './principal/key/random.js';
export { createRangeCheck, parseRanges, rangesWithin } from './principal/key/ranges.js';
export type { HashScheme } from './principal/key/stored-hash.js';
export {
  KEY_PATTERN,
  type KeyFormat,
  type KeyText,
  mintKeyId,
  mintKeyText,
  parseKeyText,
  scrubKeys,
} from './principal/key/text.js';
export { type KeyName, parseKeyName } from './principal/key-name.js';
export type { OrganizationView, Principal, PrincipalKind } from './principal/principal.js';
export {
  type Algorithm,
  createHmacTokenKey,
  type TokenKey,
  type TokenSigner,
  tokenKey,
} from './principal/token/algorithms.js';
export { type CatalogueClientOptions, createCatalogueSource } from './principal/token/catalogue-client.js';
export type { ClaimedRights, OwnClaims, TokenClaims } from './principal/token/claims.js';
export {
  type CompactCatalogue,
  type CompactClaim,
  type CompactRights,
  compactView,
  encodeCompact,
  parseCompact,
} from './principal/token/compact.js';
export { createTokenMint, type TokenMintOptions } from './principal/token/create-token-mint.js';
export { type Fetch, type FetchJsonOptions, fetchJson, isFetchable } from './principal/token/fetch-json.js';
export { type JsonObject, parseJsonObject } from './principal/token/json-object.js';
export { jwkThumbprint, type PublicJwk, publicJwk, tokenKeyFromJwk } from './principal/token/jwk.js';
export { createJwksSource, type JwksSourceOptions } from './principal/token/jwks-client.js';
export { type KeySource, readKeySet, staticKeys } from './principal/token/key-set.js';
export { type LifetimeInput, tokenLifetime } from './principal/token/lifetime.js';
export {
  type MintedRights,
  type MintedToken,
  type MintOptions,
  mintToken,
  type TokenInput,
} from './principal/token/mint.js';
export type { RingAlgorithm } from './principal/token/new-signing-key.js';
export { createOwnVerifier, type OwnToken, type OwnVerifier } from './principal/token/own-verifier.js';
export type { AcceptedRights, Rights, RightsByOrganization } from './principal/token/rights.js';
export {
  openSigningRing,
  type RingChange,
  type SigningRing,
  type SigningRingOptions,
} from './principal/token/signing-ring.js';
export type { SignedToken, TokenGrant, TokenMint } from './principal/token/token-mint.js';
export type {
  CatalogueSource,
  IssuerOptions,
  TokenVerifierOptions,
} from './principal/token/verifier-options.js';
export { createTokenVerifier, type TokenVerifier, type VerifiedToken } from './principal/token/verify.js';
export { verifyJws } from './principal/token/verify-jws.js';
export { createVerifyOnce, type VerifyOnce } from './principal/verify-once.js';
// revision
export { type Clock, systemClock } from './revision/clock.js';
export type { RevisionEvent } from './revision/events.js';
export type { Lineage } from './revision/lineage.js';
export { keepChangesFor } from './revision/prune.js';
export {
  createRevision,
  type Revision,
  type RevisionOptions,
  type RevisionSnapshot,
  type RevisionSource,
} from './revision/revision.js';
export { type Committed, type SecurityTransaction, securityWrite } from './revision/security-write.js';
// store
export { initialise } from './store/initialise.js';
export { memoryRowStore } from './store/memory-row-store.js';
export type { RemoteStore } from './store/remote-store.js';
export type * from './store/rows.js';
export { schema, type TableSchema } from './store/schema.js';
export {
  type KeyOf,
  type Page,
  type ReadTransaction,
  type RevisionPage,
  type RowStore,
  type Store,
  UniqueError,
  type WriteTransaction,
} from './store/store.js';
export { assertPrimary, assertStorable, isMatchable, pageColumns } from './store/values.js';
// visibility
export type { Admission, WriteRequest } from './visibility/admit.js';
export type { Caller, InOrganization } from './visibility/caller.js';
export type { OwnershipColumns } from './visibility/columns.js';
export { type AllowRule, decide, type RefuseRule, type ResourceAction, type Verdict } from './visibility/decide.js';
export { admitGuarded, type GuardedAdmission, type GuardedWrite } from './visibility/guard/admit.js';
export { type ContentPath, contentIn, isJson, parseContentPaths, withheldCopy } from './visibility/guard/content.js';
export { hasOtherSpelling, type IdFormat, type IsId, idText, parseIdFormat } from './visibility/guard/id-format.js';
export { isRestricted, judge as judgeGuarded, judgeSeen, refuseSeen } from './visibility/guard/judge.js';
export { type OwnedPage, ownedPage } from './visibility/guard/owned-page.js';
export {
  type GuardSpace,
  type GuardTenancy,
  isSegmented,
  ownershipOfMaker,
  parseTypeName,
  spaceOf,
} from './visibility/guard/space.js';
export { createStandingReader, type OwnershipStanding, type StandingReader } from './visibility/guard/standing.js';
export {
  createGuardWriter,
  type GuardWriter,
  type GuardWriterOptions,
  type Lease,
  type Made,
  type Plan,
  type WriteOutcome,
} from './visibility/guard/writer.js';
export { type Ownership, type Party, UNOWNED } from './visibility/ownership.js';
export type { RefusalOptions } from './visibility/refusal.js';
export { createResourceRules } from './visibility/resources.js';
export { type RowLevelSecurityOptions, rowLevelSecurity } from './visibility/rls.js';
export { type RlsStatement, rlsCaller } from './visibility/rls-caller.js';
export { rowLevelSecurityFindings } from './visibility/rls-findings.js';
export type { ResourceOptions, ResourceRules, ResourceShape, ResourceWhere } from './visibility/rules.js';
export type { ColumnsOf, CreateStamp, LockColumn, UpdateStamp } from './visibility/stamp.js';
export type { ResourceView } from './visibility/view.js';
export {
  type Condition,
  type Tenancy,
  type Term,
  type TermField,
  type Visibility,
  visibilityOf,
  type WhereAction,
} from './visibility/visibility.js';
