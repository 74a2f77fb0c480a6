export { type RowLevelSecurityOptions, rowLevelSecurity } from './rls.js';
export type { RlsStatement } from './rls-caller.js';
export { rowLevelSecurityFindings } from './rls-findings.js';
