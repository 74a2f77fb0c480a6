export { finishRewrap, rewrapMaterial } from './principal/key/keyring/keyring.js';
export type { MemoryStoreOptions } from './principal/key/keyring/memory-store.js';
export { openStore } from './principal/key/keyring/open-store.js';
export type { RandomBytes } from './principal/key/keyring/random.js';
export type { RemoteStore } from './principal/remote/remote-store.js';
export type { ConsentRow, DeclineRow, OfferRow } from './store/consent-rows.js';
export type { KeyMaterial } from './store/keyring.js';
export type { IntentRow, OwnershipRow, OwnershipTypeRow } from './store/ownership-rows.js';
export type {
  AuditRow,
  CatalogueEntry,
  CatalogueRow,
  ChangeRow,
  GroupChildRow,
  GroupMemberRow,
  GroupOrganizationRow,
  GroupOwnerRow,
  GroupRow,
  IdempotencyRow,
  IdentityKind,
  IdentityRow,
  KeyKind,
  KeyRow,
  MadeRow,
  MaterialRow,
  MembershipRow,
  Millis,
  ObjectAction,
  OrganizationRow,
  PolicyRow,
  RevisionRow,
  Role,
  ScopeKind,
  SecretRow,
  ServicePolicy,
  SettingRow,
  SigningKeyRow,
  TableName,
  Tables,
  UserRow,
} from './store/rows.js';
export { schema, type TableSchema } from './store/schema.js';
export {
  type BackgroundWrites,
  type ExistenceProbe,
  type KeyOf,
  type Page,
  type ReadTransaction,
  type RevisionPage,
  type RowStore,
  type SecretUse,
  type Store,
  UniqueError,
  type WriteTransaction,
} from './store/store.js';
export type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './store/together.js';
export { assertPrimary, assertStorable, isMatchable, pageColumns } from './store/values.js';
export { withUnavailable } from './store/with-unavailable.js';
