export {
  allow,
  type Denial,
  type DenialCode,
  type DenialMembers,
  type Outcome,
  type RefusedCaller,
  type Stage,
} from './denial.js';
export { type DenialDetails, type DenialRow, denialTable, deny } from './denial-table.js';
export { DeniedError, OptionError, UnavailableError } from './errors.js';
export type { Explanation } from './explanation.js';
export { type FaultCause, faultCause, sqliteCode } from './fault-cause.js';
export { denyIssues, type Issue } from './issue.js';
export { nearest } from './nearest.js';
export { isPlainText, plainTextIssue } from './plain-text.js';
export { refuseUnknown } from './refuse-unknown.js';
export { type Answer, type RespondOptions, respond } from './respond.js';
