export type { ContentChange, RequestedWrite } from './admit.js';
export type { Admission, WriteRequest } from './admit-row.js';
export type { Caller, InOrganization } from './caller.js';
export type { OwnershipColumns } from './columns.js';
export { type AllowRule, decide, type RefuseRule, type ResourceAction, type Verdict } from './decide.js';
export { admitGuarded, type GuardedAdmission, type GuardedTarget, refuseUnknowable } from './guard/admit.js';
export { type ContentPath, contentIn, isJson, parseContentPaths, withheldCopy } from './guard/content.js';
export { hasOtherSpelling, type IdFormat, type IsId, idText, parseIdFormat } from './guard/id-format.js';
export { isRestricted, judge as judgeGuarded, judgeSeen, mayHide, refuseSeen } from './guard/judge.js';
export { type OwnedPage, ownedPage } from './guard/owned-page.js';
export {
  type GuardSpace,
  type GuardTenancy,
  isSegmented,
  ownershipOfMaker,
  parseTypeName,
  spaceOf,
} from './guard/space.js';
export { createStandingReader, type OwnershipStanding, type StandingReader } from './guard/standing.js';
export {
  createGuardWriter,
  type GuardWriter,
  type GuardWriterOptions,
  type Lease,
  type Made,
  type Plan,
  type WriteOutcome,
} from './guard/writer.js';
export type { RefusalOptions } from './locked-refusal.js';
export { type Ownership, type Party, UNOWNED } from './ownership.js';
export { createResourceRules } from './resources.js';
export { type RowLevelSecurityOptions, rowLevelSecurity } from './rls.js';
export { type RlsStatement, rlsCaller } from './rls-caller.js';
export { rowLevelSecurityFindings } from './rls-findings.js';
export type { ResourceOptions, ResourceRules, ResourceShape, ResourceWhere } from './rules.js';
export type { ColumnsOf, CreateStamp, LockColumn, UpdateStamp } from './stamp.js';
export type { ResourceView } from './view.js';
export {
  type Condition,
  type Tenancy,
  type Term,
  type TermField,
  type Visibility,
  visibilityOf,
  type WhereAction,
} from './visibility.js';
