// the client of a service
export { type ClientOptions, createClient, type FlairgateClient } from './client.js';
// errors
export { type FieldIssue, FlairgateClientError, type FlairgateClientErrorDetails } from './client-error.js';
// names of keys
export { FLAIRS, type Flair, type KeyNamePreview, previewKeyName } from './key-name.js';
export type { AuditFilter, AuditPage, AuditQuery } from './management/audit.js';
export { AUDIT_COLUMNS, type AuditRecord, auditToRecord } from './management/audit-record.js';
export type { ClientCredential } from './management/credential.js';
export type {
  ExplainAllAnswer,
  ExplainAllQuery,
  ExplainAnswer,
  ExplainedAction,
  ExplainedKey,
  ExplainedResource,
  ExplainQuery,
  GivenOwnership,
  OwnedResource,
  OwnershipName,
} from './management/explain.js';
export type { FederationEntry, NewFederation, NewFederationAnswer } from './management/federations.js';
export type { KeyChange, KeyListQuery, KeyPage, KeyPageQuery, NewOrganizationKey } from './management/keys.js';
export type { OrganizationQuery } from './management/organizations.js';
export type { CallOptions } from './management/send.js';
export type { UsageEntry, UsageQuery } from './management/usage.js';
export type { GrantedPermissions, Member } from './management/users.js';
// types of the management API
export type {
  ApiUserEntry,
  AuditEntry,
  CatalogueAnswer,
  ChangeAnswer,
  ChangedPermissionsAnswer,
  GroupAnswer,
  GroupEntry,
  InvitationEntry,
  KeyEntries,
  KeyEntry,
  KeyNameAnswer,
  KeySecretEntry,
  NewIngestionKeyAnswer,
  NewKeyAnswer,
  ObjectAction,
  OrganizationAnswer,
  OrganizationEntry,
  PermissionEntry,
  PermissionPreset,
  PolicyAnswer,
  PolicyGrants,
  ReadGroupAnswer,
  RoleAnswer,
  RoleEntry,
  RotatedKeyAnswer,
  SuccessAnswer,
  UpdatedKeyAnswer,
  UserOrganizationsAnswer,
  UserPermissionsAnswer,
  WhoAnswer,
} from './management/wire.js';
// calls on behalf of a caller
export {
  type CallerCredential,
  createServiceFetch,
  type OnBehalfOf,
  type ServiceFetch,
  type ServiceFetchOptions,
} from './service-fetch.js';
// types and constants of the API for services
export {
  ACCESS_TOKEN_TYPE,
  API_KEY_TYPE,
  type ChangesAnswer,
  type IntrospectedOrganization,
  type IntrospectionAnswer,
  type OAuthRefusal,
  TOKEN_EXCHANGE_GRANT,
  type TokenAnswer,
} from './wire.js';
