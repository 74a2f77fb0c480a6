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
import {
  type AdministrationCommand,
  type Answer,
  administration,
  type CommandOption,
  type OptionSchema,
} from '../../command.js';
import { operator } from '../../context.js';

const group: CommandOption = { flags: '--gid <gid>', help: 'group id', required: true };
const userOfGroup: CommandOption = { flags: '--user <user>', help: 'user: e-mail address or uid', required: true };
const organizationOption: CommandOption = {
  flags: '--org <org>',
  help: 'organization: its id, or its name if only one has it',
  required: true,
};
const child: CommandOption = { flags: '--child <gid>', help: 'nested group', required: true };
const permission: CommandOption = {
  flags: '--permission <name...>',
  help: 'permission or family; can be repeated; without it the group grants nothing',
};

const userInGroup = z.strictObject({ gid: z.string(), user: z.string() });
const toUser = ({ gid, user: email }: z.output<typeof userInGroup>) => ({ gid, email });
const place = z.strictObject({ gid: z.string(), org: z.string() });
const toPlace = ({ gid, org: oid }: z.output<typeof place>) => ({ gid, oid });
const nesting = z.strictObject({ gid: z.string(), child: z.string() });
const groupGrants = z.strictObject({ gid: z.string(), permission: z.array(z.string()).default([]) });
const itself = z.strictObject({ gid: z.string() });

/** Definition of a command that changes a group, on the database or over HTTP. */
interface GroupCommand<S extends z.core.$ZodShape, I> {
  readonly verb: string;
  readonly help: string;
  readonly options: readonly CommandOption[];
  readonly input: OptionSchema<S>;
  /** Converts the options to the input of `run` and `remote`. */
  readonly toInput: (given: z.output<OptionSchema<S>>) => I;
  readonly run: (context: AdministrationContext, actor: Actor, input: I) => Promise<Outcome<unknown>>;
  readonly remote: (groups: FlairgateClient['groups'], input: I) => Promise<unknown>;
  /** Returns a sentence that describes the result. */
  readonly done: (input: I) => string;
}

/** Commands that change a group. */
export const groupChanges: readonly AdministrationCommand[] = [
  groupCommand({
    verb: 'set-permissions',
    help: 'Replace the permissions that a group grants.',
    options: [permission],
    input: groupGrants,
    toInput: ({ gid, permission: permissions }) => ({ gid, permissions }),
    run: setGroupPermissions,
    remote: (groups, { gid, permissions }) => groups.setPermissions(gid, permissions),
    done: ({ gid, permissions }) => `group ${gid} grants ${permissions.join(' ') || 'nothing'}`,
  }),
  groupCommand({
    verb: 'add-member',
    help: 'Add a user to a group; an unknown address creates the user.',
    options: [userOfGroup],
    input: userInGroup,
    toInput: toUser,
    run: addGroupMember,
    remote: (groups, { gid, email }) => groups.addMember(gid, email),
    done: ({ gid, email }) => `${email} is a member of group ${gid}`,
  }),
  groupCommand({
    verb: 'remove-member',
    help: 'Remove a user from a group.',
    options: [userOfGroup],
    input: userInGroup,
    toInput: toUser,
    run: removeGroupMember,
    remote: (groups, { gid, email }) => groups.removeMember(gid, email),
    done: ({ gid, email }) => `${email} is no longer a member of group ${gid}`,
  }),
  groupCommand({
    verb: 'add-owner',
    help: 'Add an owner to a group.',
    options: [userOfGroup],
    input: userInGroup,
    toInput: toUser,
    run: addGroupOwner,
    remote: (groups, { gid, email }) => groups.addOwner(gid, email),
    done: ({ gid, email }) => `${email} is an owner of group ${gid}`,
  }),
  groupCommand({
    verb: 'remove-owner',
    help: 'Remove an owner from a group; the last owner cannot be removed.',
    options: [userOfGroup],
    input: userInGroup,
    toInput: toUser,
    run: removeGroupOwner,
    remote: (groups, { gid, email }) => groups.removeOwner(gid, email),
    done: ({ gid, email }) => `${email} is no longer an owner of group ${gid}`,
  }),
  groupCommand({
    verb: 'attach',
    help: 'Attach a group to an organization, where its members then have its permissions.',
    options: [organizationOption],
    input: place,
    toInput: toPlace,
    run: addGroupOrganization,
    remote: (groups, { gid, oid }) => groups.attach(gid, oid),
    done: ({ gid, oid }) => `group ${gid} is attached to ${oid}`,
  }),
  groupCommand({
    verb: 'detach',
    help: 'Detach a group from an organization.',
    options: [organizationOption],
    input: place,
    toInput: toPlace,
    run: removeGroupOrganization,
    remote: (groups, { gid, oid }) => groups.detach(gid, oid),
    done: ({ gid, oid }) => `group ${gid} is detached from ${oid}`,
  }),
  groupCommand({
    verb: 'nest',
    help: 'Nest a group in another. Members of the nested group then also have the permissions of the other.',
    options: [child],
    input: nesting,
    toInput: (given) => given,
    run: nestGroup,
    remote: (groups, { gid, child: nested }) => groups.nest(gid, nested),
    done: ({ gid, child: nested }) => `group ${nested} is nested in group ${gid}`,
  }),
  groupCommand({
    verb: 'unnest',
    help: 'Remove a nested group from a group.',
    options: [child],
    input: nesting,
    toInput: (given) => given,
    run: unnestGroup,
    remote: (groups, { gid, child: nested }) => groups.unnest(gid, nested),
    done: ({ gid, child: nested }) => `group ${nested} is no longer nested in group ${gid}`,
  }),
  groupCommand({
    verb: 'delete',
    help: 'Delete a group and remove it from groups, organizations and policies.',
    options: [],
    input: itself,
    toInput: (given) => given,
    run: deleteGroup,
    remote: (groups, { gid }) => groups.delete(gid),
    done: ({ gid }) => `group ${gid} is deleted`,
  }),
];

function groupCommand<S extends z.core.$ZodShape, I extends { readonly gid: string }>({
  verb,
  help,
  options,
  input,
  toInput,
  run,
  remote,
  done,
}: GroupCommand<S, I>): AdministrationCommand {
  const answerOf = (given: I): Answer => ({ json: { ...given, done: true }, lines: [done(given)] });
  return administration({
    words: ['group', verb],
    help,
    options: [group, ...options],
    input,
    async run(context, parsed) {
      const given = toInput(parsed);
      const changed = await run(context, operator, given);
      return changed.allowed ? allow(answerOf(given)) : changed;
    },
    async remote({ groups }, parsed) {
      const given = toInput(parsed);
      await remote(groups, given);
      return answerOf(given);
    },
  });
}
