import { allow, deny, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  activateUser,
  deactivateUser,
  deleteUser,
  type UserReference,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type AdministrationCommand, administration } from '../../command.js';
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
    options: [
      { flags: '--uid <uid>', help: 'user id' },
      { flags: '--email <address>', help: 'e-mail address of the user' },
    ],
    input: z
      .object({ uid: z.string().optional(), email: z.string().optional() })
      .refine(({ uid, email }) => (uid === undefined) !== (email === undefined), {
        message: 'give exactly one of --uid and --email',
      }),
    async run(context, { uid, email = '' }) {
      const found = uid ?? (await uidOf(context, email));
      if (found === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
      const changed = await change(context, operator, { uid: found });
      return changed.allowed ? allow({ json: { uid: found, [is]: true }, lines: [`user ${found} is ${is}`] }) : changed;
    },
  });
}

async function uidOf({ store }: AdministrationContext, email: string): Promise<string | undefined> {
  const [user] = await store.read((tx) => tx.find('user', { email: email.toLowerCase() }, { limit: 1 }));
  return user?.uid;
}
