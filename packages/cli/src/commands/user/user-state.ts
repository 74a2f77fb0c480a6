import { allow, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  activateUser,
  deactivateUser,
  deleteUser,
  type UserReference,
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
