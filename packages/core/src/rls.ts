export { type RowLevelSecurityOptions, rowLevelSecurity } from './visibility/rls/rls.js';
export type { RlsStatement } from './visibility/rls/rls-caller.js';
export { rlsCaller } from './visibility/rls/rls-caller.js';
export { rowLevelSecurityFindings } from './visibility/rls/rls-findings.js';
