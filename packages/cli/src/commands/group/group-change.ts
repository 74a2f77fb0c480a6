import type { FlairgateClient } from '@flairgate/client';
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
import { type AdministrationCommand, type Answer, administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';

const group: CommandOption = { flags: '--gid <gid>', help: 'group id', required: true };
const userOfGroup: CommandOption = { flags: '--user <user>', help: 'user: e-mail address or uid', required: true };
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

const user = z.object({ gid: z.string(), user: z.string() }).transform(({ gid, user: email }) => ({ gid, email }));
const place = z.object({ gid: z.string(), org: z.string() }).transform(({ gid, org: oid }) => ({ gid, oid }));
const nesting = z.object({ gid: z.string(), child: z.string() });
const groupGrants = z
  .object({ gid: z.string(), permission: z.array(z.string()).default([]) })
  .transform(({ gid, permission: permissions }) => ({ gid, permissions }));

/** Definition of a command that changes a group, on the database or over HTTP. */
interface GroupCommand<I> {
  readonly verb: string;
  readonly help: string;
  readonly options: readonly CommandOption[];
  readonly input: z.ZodType<I>;
  readonly run: (context: AdministrationContext, actor: Actor, input: I) => Promise<Outcome<unknown>>;
  readonly remote: (groups: FlairgateClient['groups'], input: I) => Promise<unknown>;
}

/** Commands that change a group. */
export const groupChanges: readonly AdministrationCommand[] = [
  groupCommand({
    verb: 'set-permissions',
    help: 'Replace the permissions that a group grants.',
    options: [permission],
    input: groupGrants,
    run: setGroupPermissions,
    remote: (groups, { gid, permissions }) => groups.setPermissions(gid, permissions),
  }),
  groupCommand({
    verb: 'add-member',
    help: 'Add a user to a group; an unknown address creates the user.',
    options: [userOfGroup],
    input: user,
    run: addGroupMember,
    remote: (groups, { gid, email }) => groups.addMember(gid, email),
  }),
  groupCommand({
    verb: 'remove-member',
    help: 'Remove a user from a group.',
    options: [userOfGroup],
    input: user,
    run: removeGroupMember,
    remote: (groups, { gid, email }) => groups.removeMember(gid, email),
  }),
  groupCommand({
    verb: 'add-owner',
    help: 'Add an owner to a group.',
    options: [userOfGroup],
    input: user,
    run: addGroupOwner,
    remote: (groups, { gid, email }) => groups.addOwner(gid, email),
  }),
  groupCommand({
    verb: 'remove-owner',
    help: 'Remove an owner from a group; the last owner cannot be removed.',
    options: [userOfGroup],
    input: user,
    run: removeGroupOwner,
    remote: (groups, { gid, email }) => groups.removeOwner(gid, email),
  }),
  groupCommand({
    verb: 'attach',
    help: 'Attach a group to an organization, where its members then have its permissions.',
    options: [organizationOption],
    input: place,
    run: addGroupOrganization,
    remote: (groups, { gid, oid }) => groups.attach(gid, oid),
  }),
  groupCommand({
    verb: 'detach',
    help: 'Detach a group from an organization.',
    options: [organizationOption],
    input: place,
    run: removeGroupOrganization,
    remote: (groups, { gid, oid }) => groups.detach(gid, oid),
  }),
  groupCommand({
    verb: 'nest',
    help: 'Nest a group in another, whose permissions its members then have.',
    options: [child],
    input: nesting,
    run: nestGroup,
    remote: (groups, { gid, child: nested }) => groups.nest(gid, nested),
  }),
  groupCommand({
    verb: 'unnest',
    help: 'Remove a nested group from a group.',
    options: [child],
    input: nesting,
    run: unnestGroup,
    remote: (groups, { gid, child: nested }) => groups.unnest(gid, nested),
  }),
  groupCommand({
    verb: 'delete',
    help: 'Delete a group and remove it from groups, organizations and policies.',
    options: [],
    input: z.object({ gid: z.string() }),
    run: deleteGroup,
    remote: (groups, { gid }) => groups.delete(gid),
  }),
];

function groupCommand<I extends { readonly gid: string }>({
  verb,
  help,
  options,
  input,
  run,
  remote,
}: GroupCommand<I>): AdministrationCommand {
  const answerOf = (given: I): Answer => ({
    json: { ...given, done: true },
    lines: [`done: group ${verb} ${given.gid}`],
  });
  return administration({
    words: ['group', verb],
    help,
    options: [group, ...options],
    input,
    async run(context, given) {
      const changed = await run(context, operator, given);
      return changed.allowed ? allow(answerOf(given)) : changed;
    },
    async remote({ groups }, given) {
      await remote(groups, given);
      return answerOf(given);
    },
  });
}
