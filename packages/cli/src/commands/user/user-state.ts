import { allow, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  activateUser,
  deactivateUser,
  deleteUser,
  type UserReference,
  unlinkSubject,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type AdministrationCommand, administration, userOption } from '../../command.js';
import { operator } from '../../context.js';

type UserStateChange = (context: AdministrationContext, actor: Actor, user: UserReference) => Promise<Outcome<unknown>>;

/** Commands that deactivate, activate and delete a user. */
export const userStates: readonly AdministrationCommand[] = [
  state('deactivate', 'Deactivate a user and revoke all their keys permanently.', deactivateUser, 'deactivated'),
  state('activate', 'Activate a deactivated user, who then needs a new key.', activateUser, 'active'),
  state('delete', 'Delete a user with their keys and memberships.', deleteUser, 'deleted'),
];

export const userUnlink = administration({
  words: ['user', 'unlink'],
  help: "Remove the link between a user and their account at the console's OpenID provider, and end their sessions.",
  options: [{ ...userOption, required: true }],
  input: z.strictObject({ user: z.string() }),
  async run(context, { user: uid }) {
    const ended = await unlinkSubject(context, operator, { uid });
    if (!ended.allowed) return ended;
    const { unlinked } = ended.value;
    return allow({
      json: { uid, unlinked },
      lines: [unlinked ? `user ${uid} is unlinked, and their sessions have ended` : `user ${uid} was not linked`],
    });
  },
});

function state(verb: string, help: string, change: UserStateChange, is: string): AdministrationCommand {
  return administration({
    words: ['user', verb],
    help,
    options: [{ ...userOption, required: true }],
    input: z.strictObject({ user: z.string() }),
    async run(context, { user: uid }) {
      const changed = await change(context, operator, { uid });
      return changed.allowed ? allow({ json: { uid, [is]: true }, lines: [`user ${uid} is ${is}`] }) : changed;
    },
  });
}
