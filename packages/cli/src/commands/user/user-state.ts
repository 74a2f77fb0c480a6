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

type Change = (context: AdministrationContext, actor: Actor, user: UserReference) => Promise<Outcome<unknown>>;

/** What ends a user, person or API user, and what takes a deactivated one back. */
export const userStates: readonly AdministrationCommand[] = [
  state('deactivate', 'Ends every key of a user at once and for good; the user stays.', deactivateUser, 'deactivated'),
  state('activate', 'Makes a deactivated user active again. It needs a new key.', activateUser, 'active'),
  state('delete', 'Deletes a user with their keys, memberships and places in groups.', deleteUser, 'deleted'),
];

function state(verb: string, help: string, change: Change, is: string): AdministrationCommand {
  return administration({
    words: ['user', verb],
    help,
    options: [
      { flags: '--uid <uid>', help: 'the user' },
      { flags: '--email <address>', help: 'or the address of the user' },
    ],
    input: z
      .object({ uid: z.string().optional(), email: z.string().optional() })
      .refine(({ uid, email }) => (uid === undefined) !== (email === undefined), {
        message: 'give --uid or --email, one of them',
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
