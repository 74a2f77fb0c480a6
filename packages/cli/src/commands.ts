import type { Command } from './command.js';

/**
 * Maps the name of each command, such as `org create`, to a function that loads the command. A command is loaded only
 * when it is needed. If several commands are in one module, the function may return all of them.
 */
export type CommandTable = Readonly<Record<string, () => Promise<Command | readonly Command[]>>>;

/** All commands of the program, in the order in which the help lists them. */
export const commands: CommandTable = {
  'org create': async () => (await import('./commands/organization/org-create.js')).orgCreate,
  'org list': async () => (await import('./commands/organization/org-list.js')).orgList,
  'org end-tokens': async () => (await import('./commands/organization/org-end-tokens.js')).orgEndTokens,
  'org delete': async () => (await import('./commands/organization/org-delete.js')).orgDelete,
  'user create': async () => (await import('./commands/user/user-create.js')).userCreate,
  'user join': async () => (await import('./commands/user/user-join.js')).userJoin,
  'user list': async () => (await import('./commands/user/user-list.js')).userList,
  'user role': async () => (await import('./commands/user/user-membership.js')).userRole,
  'user grant': async () => (await import('./commands/user/user-membership.js')).userGrant,
  'user take': async () => (await import('./commands/user/user-membership.js')).userTake,
  'user remove': async () => (await import('./commands/user/user-membership.js')).userRemove,
  'user deactivate': async () => (await import('./commands/user/user-state.js')).userStates,
  'user activate': async () => (await import('./commands/user/user-state.js')).userStates,
  'user delete': async () => (await import('./commands/user/user-state.js')).userStates,
  'user unlink': async () => (await import('./commands/user/user-state.js')).userUnlink,
  'group create': async () => (await import('./commands/group/group-read.js')).groupCreate,
  'group list': async () => (await import('./commands/group/group-read.js')).groupList,
  'group show': async () => (await import('./commands/group/group-read.js')).groupShow,
  'group set-permissions': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group add-member': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group remove-member': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group add-owner': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group remove-owner': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group attach': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group detach': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group nest': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group unnest': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'group delete': async () => (await import('./commands/group/group-change.js')).groupChanges,
  'api-user create': async () => (await import('./commands/user/api-user.js')).apiUserCreate,
  'api-user list': async () => (await import('./commands/user/api-user.js')).apiUserList,
  'api-user key': async () => (await import('./commands/user/api-user.js')).apiUserKey,
  'api-user end-key': async () => (await import('./commands/user/api-user.js')).apiUserEndKey,
  'policy list': async () => (await import('./commands/policy/policy.js')).policyList,
  'policy show': async () => (await import('./commands/policy/policy.js')).policyShow,
  'policy put': async () => (await import('./commands/policy/policy.js')).policyPut,
  'policy delete': async () => (await import('./commands/policy/policy.js')).policyDelete,
  'permission list': async () => (await import('./commands/catalogue/catalogue.js')).permissionList,
  'catalogue put': async () => (await import('./commands/catalogue/catalogue.js')).cataloguePut,
  'audit list': async () => (await import('./commands/audit/audit-list.js')).auditList,
  'audit export': async () => (await import('./commands/audit/audit-export.js')).auditExport,
  'audit prune': async () => (await import('./commands/audit/audit-prune.js')).auditPrune,
  'usage keys': async () => (await import('./commands/audit/usage-keys.js')).usageKeys,
  'usage list': async () => (await import('./commands/audit/usage-list.js')).usageList,
  'key create': async () => (await import('./commands/key/key-create.js')).keyCreate,
  'key list': async () => (await import('./commands/key/key-list.js')).keyList,
  'key update': async () => (await import('./commands/key/key-update.js')).keyUpdate,
  'key rotate': async () => (await import('./commands/key/key-rotate.js')).keyRotate,
  'key disable': async () => (await import('./commands/key/key-state.js')).keyStates,
  'key enable': async () => (await import('./commands/key/key-state.js')).keyStates,
  'key revoke': async () => (await import('./commands/key/key-revoke.js')).keyRevoke,
  'key import': async () => (await import('./commands/key/import/key-import.js')).keyImport,
  'key inspect': async () => (await import('./commands/key/key-inspect.js')).keyInspect,
  'key explain': async () => (await import('./commands/key/key-explain.js')).keyExplain,
  'key sees': async () => (await import('./commands/key/key-sees.js')).keySees,
  'master-key rotate': async () => (await import('./commands/database/master-key-rotate.js')).masterKeyRotate,
  'setting list': async () => (await import('./commands/database/setting.js')).settingList,
  'setting put': async () => (await import('./commands/database/setting.js')).settingPut,
  'signing-key rotate': async () => (await import('./commands/database/signing-key-rotate.js')).signingKeyRotate,
  calibrate: async () => (await import('./commands/database/calibrate.js')).calibrate,
  'service create': async () => (await import('./commands/service/service-create.js')).serviceCreate,
  'service list': async () => (await import('./commands/service/service-list.js')).serviceList,
  'service revoke': async () => (await import('./commands/service/service-revoke.js')).serviceRevoke,
  'federation create': async () => (await import('./commands/federation/federation-create.js')).federationCreate,
  'federation list': async () => (await import('./commands/federation/federation-list.js')).federationList,
  'federation delete': async () => (await import('./commands/federation/federation-list.js')).federationDelete,
  adopt: async () => (await import('./commands/resource/adopt.js')).adopt,
  'ownership list': async () => (await import('./commands/resource/ownership-list.js')).ownershipList,
  'ownership release': async () => (await import('./commands/resource/ownership-release.js')).ownershipRelease,
  'ownership transfer': async () => (await import('./commands/resource/ownership-transfer.js')).ownershipTransfer,
  'ownership resolve': async () => (await import('./commands/resource/ownership-resolve.js')).ownershipResolve,
  rls: async () => (await import('./commands/resource/rls.js')).rls,
  completion: async () => (await import('./commands/completion.js')).completion,
  'config check': async () => (await import('./commands/config/config-check.js')).configCheck,
  'config print': async () => (await import('./commands/config/config-print.js')).configPrint,
  doctor: async () => (await import('./commands/database/doctor.js')).doctor,
  migrate: async () => (await import('./commands/database/migrate.js')).migrate,
  backup: async () => (await import('./commands/database/backup.js')).backup,
  restore: async () => (await import('./commands/database/restore.js')).restore,
  serve: async () => (await import('./commands/serve.js')).serve,
};

/** Loads the commands with these names in parallel. */
export async function loadCommands(table: CommandTable, names: readonly string[]): Promise<readonly Command[]> {
  return Promise.all(names.map((name) => loadCommand(table, name)));
}

async function loadCommand(table: CommandTable, name: string): Promise<Command> {
  const loaded = await table[name]?.();
  const found = [loaded ?? []].flat().find(({ words }) => words.join(' ') === name);
  if (found === undefined) throw new Error(`${name}: not among the commands of its module`);
  return found;
}
