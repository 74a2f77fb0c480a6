import type { Command } from './command.js';
import { auditExport } from './commands/audit/audit-export.js';
import { auditList } from './commands/audit/audit-list.js';
import { auditPrune } from './commands/audit/audit-prune.js';
import { usageList } from './commands/audit/usage-list.js';
import { cataloguePut, permissionList } from './commands/catalogue/catalogue.js';
import { completion } from './commands/completion.js';
import { configCheck } from './commands/config/config-check.js';
import { configPrint } from './commands/config/config-print.js';
import { backup } from './commands/database/backup.js';
import { calibrate } from './commands/database/calibrate.js';
import { doctor } from './commands/database/doctor.js';
import { masterKeyRotate } from './commands/database/master-key-rotate.js';
import { migrate } from './commands/database/migrate.js';
import { restore } from './commands/database/restore.js';
import { signingKeyRotate } from './commands/database/signing-key-rotate.js';
import { federationCreate } from './commands/federation/federation-create.js';
import { federationDelete, federationList } from './commands/federation/federation-list.js';
import { groupChanges } from './commands/group/group-change.js';
import { groupCreate, groupList, groupShow } from './commands/group/group-read.js';
import { keyImport } from './commands/key/import/key-import.js';
import { keyCreate } from './commands/key/key-create.js';
import { keyExplain } from './commands/key/key-explain.js';
import { keyInspect } from './commands/key/key-inspect.js';
import { keyList } from './commands/key/key-list.js';
import { keyRevoke } from './commands/key/key-revoke.js';
import { keyRotate } from './commands/key/key-rotate.js';
import { keyStates } from './commands/key/key-state.js';
import { keyUpdate } from './commands/key/key-update.js';
import { orgCreate } from './commands/organization/org-create.js';
import { orgDelete } from './commands/organization/org-delete.js';
import { orgEndTokens } from './commands/organization/org-end-tokens.js';
import { orgList } from './commands/organization/org-list.js';
import { policyDelete, policyList, policyPut, policyShow } from './commands/policy/policy.js';
import { adopt } from './commands/resource/adopt.js';
import { ownershipList } from './commands/resource/ownership-list.js';
import { ownershipRelease } from './commands/resource/ownership-release.js';
import { ownershipResolve } from './commands/resource/ownership-resolve.js';
import { ownershipTransfer } from './commands/resource/ownership-transfer.js';
import { rls } from './commands/resource/rls.js';
import { serve } from './commands/serve.js';
import { serviceCreate } from './commands/service/service-create.js';
import { serviceList } from './commands/service/service-list.js';
import { serviceRevoke } from './commands/service/service-revoke.js';
import { apiUserCreate, apiUserEndKey, apiUserKey, apiUserList } from './commands/user/api-user.js';
import { userCreate } from './commands/user/user-create.js';
import { userJoin } from './commands/user/user-join.js';
import { userList } from './commands/user/user-list.js';
import { userGrant, userRemove, userRole, userTake } from './commands/user/user-membership.js';
import { userStates } from './commands/user/user-state.js';

/** All commands of the program. */
export const commands: readonly Command[] = [
  orgCreate,
  orgList,
  orgEndTokens,
  orgDelete,
  userCreate,
  userJoin,
  userList,
  userRole,
  userGrant,
  userTake,
  userRemove,
  ...userStates,
  groupCreate,
  groupList,
  groupShow,
  ...groupChanges,
  apiUserCreate,
  apiUserList,
  apiUserKey,
  apiUserEndKey,
  policyList,
  policyShow,
  policyPut,
  policyDelete,
  permissionList,
  cataloguePut,
  auditList,
  auditExport,
  auditPrune,
  usageList,
  keyCreate,
  keyList,
  keyUpdate,
  keyRotate,
  ...keyStates,
  keyRevoke,
  keyImport,
  keyInspect,
  keyExplain,
  masterKeyRotate,
  signingKeyRotate,
  calibrate,
  serviceCreate,
  serviceList,
  serviceRevoke,
  federationCreate,
  federationList,
  federationDelete,
  adopt,
  ownershipList,
  ownershipRelease,
  ownershipTransfer,
  ownershipResolve,
  rls,
  completion,
  configCheck,
  configPrint,
  doctor,
  migrate,
  backup,
  restore,
  serve,
];
