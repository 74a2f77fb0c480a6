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

type Change<I> = (context: AdministrationContext, actor: Actor, input: I) => Promise<Outcome<unknown>>;

const group: CommandOption = { flags: '--gid <gid>', help: 'the group', required: true };
const email: CommandOption = {
  flags: '--email <address>',
  help: 'the address of the user, or the uid',
  required: true,
};
const org: CommandOption = { flags: '--org <oid>', help: 'the organization', required: true };
const child: CommandOption = { flags: '--child <gid>', help: 'the inner group', required: true };
const permission: CommandOption = {
  flags: '--permission <name...>',
  help: 'a permission or family; may stand several times; none: the group grants nothing',
};

const user = z.object({ gid: z.string(), email: z.string() });
const place = z.object({ gid: z.string(), org: z.string() }).transform(({ gid, org: oid }) => ({ gid, oid }));
const nesting = z.object({ gid: z.string(), child: z.string() });
const grants = z
  .object({ gid: z.string(), permission: z.array(z.string()).default([]) })
  .transform(({ gid, permission: permissions }) => ({ gid, permissions }));

/** What can be changed of a group. */
export const groupChanges: readonly AdministrationCommand[] = [
  change(
    'set-permissions',
    'Sets what a group grants, in place of what it granted.',
    [permission],
    grants,
    setGroupPermissions,
  ),
  change(
    'add-member',
    'Puts a user into a group, and makes one first where the address is unknown.',
    [email],
    user,
    addGroupMember,
  ),
  change('remove-member', 'Takes a user out of a group, at once.', [email], user, removeGroupMember),
  change('add-owner', 'Makes a user an owner of a group.', [email], user, addGroupOwner),
  change('remove-owner', 'Unmakes an owner of a group; the last one stays.', [email], user, removeGroupOwner),
  change(
    'attach',
    'Attaches an organization: everybody in the group has its permissions there.',
    [org],
    place,
    addGroupOrganization,
  ),
  change('detach', 'Detaches an organization from a group, at once.', [org], place, removeGroupOrganization),
  change('nest', 'Puts a group inside a group, whose permissions its members get.', [child], nesting, nestGroup),
  change('unnest', 'Takes a group out of a group, at once.', [child], nesting, unnestGroup),
  change(
    'delete',
    'Deletes a group with its places in groups, organizations and policies.',
    [],
    z.object({ gid: z.string() }),
    deleteGroup,
  ),
];

function change<I extends { readonly gid: string }>(
  ...[verb, help, options, input, command]: [string, string, readonly CommandOption[], z.ZodType<I>, Change<I>]
): AdministrationCommand {
  return administration({
    words: ['group', verb],
    help,
    options: [group, ...options],
    input,
    async run(context, given) {
      const changed = await command(context, operator, given);
      if (!changed.allowed) return changed;
      return allow({ json: { ...given, done: true }, lines: [`group ${given.gid}: ${verb} is done`] });
    },
  });
}
