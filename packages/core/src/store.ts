export { finishRewrap, rewrapMaterial } from './principal/key/keyring/keyring.js';
export type { MemoryStoreOptions } from './principal/key/keyring/memory-store.js';
export { openStore } from './principal/key/keyring/open-store.js';
export type { RandomBytes } from './principal/key/keyring/random.js';
export type { RemoteStore } from './principal/remote/remote-store.js';
export type { Millis, Role } from './store/columns.js';
export type { KeyMaterial } from './store/keyring.js';
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
  ObjectAction,
  OrganizationRow,
  PolicyRow,
  RevisionRow,
  ScopeKind,
  ServicePolicy,
  SettingRow,
  TableName,
  Tables,
  UserRow,
} from './store/rows.js';
export { schema, type TableSchema } from './store/schema.js';
export type {
  BackgroundWrites,
  ExistenceProbe,
  RevisionPage,
  RowStore,
  SecretUse,
  Store,
  WriteOrder,
} from './store/store.js';
export type {
  ConsentRow,
  DeclineRow,
  LinkedSubjectRow,
  OfferRow,
  SessionRow,
  TokenRevocationRow,
} from './store/tables/consent-rows.js';
export type { SecretRow, SigningKeyRow, UsageRow } from './store/tables/key-rows.js';
export type { IntentRow, OwnershipRow, OwnershipTypeRow } from './store/tables/ownership-rows.js';
export type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './store/together.js';
export {
  type KeyOf,
  type Page,
  type ReadTransaction,
  UniqueError,
  type WriteTransaction,
} from './store/transaction.js';
export { assertPrimary, assertStorable, isMatchable, pageColumns } from './store/values.js';
export { withUnavailable } from './store/with-unavailable.js';
