import { allow, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  deleteGroup,
  nestGroup,
  removeGroupMember,
  removeGroupOrganization,
  removeGroupOwner,
  setGroupPermissions,
  unnestGroup,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type AdministrationCommand, administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';

type GroupChange<I> = (context: AdministrationContext, actor: Actor, input: I) => Promise<Outcome<unknown>>;

const group: CommandOption = { flags: '--gid <gid>', help: 'group id', required: true };
const email: CommandOption = {
  flags: '--email <address>',
  help: 'e-mail address or uid of the user',
  required: true,
};
const organizationOption: CommandOption = {
  flags: '--org <oid>',
  help: 'organization: its id, or its name if only one has it',
  required: true,
};
const child: CommandOption = { flags: '--child <gid>', help: 'nested group', required: true };
const permission: CommandOption = {
  flags: '--permission <name...>',
  help: 'permission or family; can be repeated; without it the group grants nothing',
};

const user = z.object({ gid: z.string(), email: z.string() });
const place = z.object({ gid: z.string(), org: z.string() }).transform(({ gid, org: oid }) => ({ gid, oid }));
const nesting = z.object({ gid: z.string(), child: z.string() });
const groupGrants = z
  .object({ gid: z.string(), permission: z.array(z.string()).default([]) })
  .transform(({ gid, permission: permissions }) => ({ gid, permissions }));

/** Commands that change a group. */
export const groupChanges: readonly AdministrationCommand[] = [
  groupCommand(
    'set-permissions',
    'Replace the permissions that a group grants.',
    [permission],
    groupGrants,
    setGroupPermissions,
  ),
  groupCommand(
    'add-member',
    'Add a user to a group; an unknown address creates the user.',
    [email],
    user,
    addGroupMember,
  ),
  groupCommand('remove-member', 'Remove a user from a group.', [email], user, removeGroupMember),
  groupCommand('add-owner', 'Add an owner to a group.', [email], user, addGroupOwner),
  groupCommand(
    'remove-owner',
    'Remove an owner from a group; the last owner cannot be removed.',
    [email],
    user,
    removeGroupOwner,
  ),
  groupCommand(
    'attach',
    'Attach a group to an organization, where its members then have its permissions.',
    [organizationOption],
    place,
    addGroupOrganization,
  ),
  groupCommand('detach', 'Detach a group from an organization.', [organizationOption], place, removeGroupOrganization),
  groupCommand(
    'nest',
    'Nest a group in another, whose permissions its members then have.',
    [child],
    nesting,
    nestGroup,
  ),
  groupCommand('unnest', 'Remove a nested group from a group.', [child], nesting, unnestGroup),
  groupCommand(
    'delete',
    'Delete a group and remove it from groups, organizations and policies.',
    [],
    z.object({ gid: z.string() }),
    deleteGroup,
  ),
];

function groupCommand<I extends { readonly gid: string }>(
  ...[verb, help, options, input, command]: [string, string, readonly CommandOption[], z.ZodType<I>, GroupChange<I>]
): AdministrationCommand {
  return administration({
    words: ['group', verb],
    help,
    options: [group, ...options],
    input,
    async run(context, given) {
      const changed = await command(context, operator, given);
      if (!changed.allowed) return changed;
      return allow({ json: { ...given, done: true }, lines: [`done: group ${verb} ${given.gid}`] });
    },
  });
}
