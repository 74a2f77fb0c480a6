import type { Command } from './command.js';
import { adopt } from './commands/adopt.js';
import { apiUserCreate, apiUserEndKey, apiUserKey, apiUserList } from './commands/api-user.js';
import { auditList } from './commands/audit-list.js';
import { auditPrune } from './commands/audit-prune.js';
import { backup } from './commands/backup.js';
import { calibrate } from './commands/calibrate.js';
import { doctor } from './commands/doctor.js';
import { groupChanges } from './commands/group-change.js';
import { groupCreate, groupList, groupShow } from './commands/group-read.js';
import { keyCreate } from './commands/key-create.js';
import { keyImport } from './commands/key-import.js';
import { keyInspect } from './commands/key-inspect.js';
import { keyList } from './commands/key-list.js';
import { keyRevoke } from './commands/key-revoke.js';
import { keyRotate } from './commands/key-rotate.js';
import { keyStates } from './commands/key-state.js';
import { masterKeyRotate } from './commands/master-key-rotate.js';
import { migrate } from './commands/migrate.js';
import { orgCreate } from './commands/org-create.js';
import { orgDelete } from './commands/org-delete.js';
import { orgEndTokens } from './commands/org-end-tokens.js';
import { orgList } from './commands/org-list.js';
import { ownershipList } from './commands/ownership-list.js';
import { ownershipRelease } from './commands/ownership-release.js';
import { ownershipResolve } from './commands/ownership-resolve.js';
import { ownershipTransfer } from './commands/ownership-transfer.js';
import { policyDelete, policyList, policyPut, policyShow } from './commands/policy.js';
import { restore } from './commands/restore.js';
import { rls } from './commands/rls.js';
import { serve } from './commands/serve.js';
import { serviceCreate } from './commands/service-create.js';
import { serviceList } from './commands/service-list.js';
import { serviceRevoke } from './commands/service-revoke.js';
import { signingKeyRotate } from './commands/signing-key-rotate.js';
import { userCreate } from './commands/user-create.js';
import { userJoin } from './commands/user-join.js';
import { userList } from './commands/user-list.js';
import { userGrant, userRemove, userRole, userTake } from './commands/user-membership.js';
import { userStates } from './commands/user-state.js';

/** Every command there is. */
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
  auditList,
  auditPrune,
  keyCreate,
  keyList,
  keyRotate,
  ...keyStates,
  keyRevoke,
  keyImport,
  keyInspect,
  masterKeyRotate,
  signingKeyRotate,
  calibrate,
  serviceCreate,
  serviceList,
  serviceRevoke,
  adopt,
  ownershipList,
  ownershipRelease,
  ownershipTransfer,
  ownershipResolve,
  rls,
  doctor,
  migrate,
  backup,
  restore,
  serve,
];
