import { allow } from '@flairgate/core';
import { setKeyState } from '@flairgate/core/administration';
import { z } from 'zod';
import { type AdministrationCommand, type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { assertAbsent, neededOrganization } from '../../remote/remote-options.js';
import { isOneOwner, keyReference, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

/** Commands that disable and enable a key. */
export const keyStates: readonly AdministrationCommand[] = [
  state('disable', 'Disable a key until it is enabled again; it keeps its name and its identity.', 'disabled'),
  state('enable', 'Enable a disabled key.', 'enabled'),
];

function state(verb: string, help: string, is: 'enabled' | 'disabled'): AdministrationCommand {
  return administration({
    words: ['key', verb],
    help,
    options: keyReferenceOptions,
    input: z.strictObject(keyReferenceShape).refine(isOneOwner, oneOwner),
    async run(context, named) {
      const done = await setKeyState(context, operator, keyReference(named), is);
      if (!done.allowed) return done;
      return allow(keyStateAnswer(done.value.keyId, is));
    },
    async remote({ organizationKeys: keys }, { org, user, hash }) {
      assertAbsent({ user }, ['user']);
      const oid = neededOrganization(org);
      await (is === 'disabled' ? keys.disable(oid, hash) : keys.enable(oid, hash));
      return keyStateAnswer(hash, is);
    },
  });
}

function keyStateAnswer(keyId: string, is: 'enabled' | 'disabled'): Answer {
  return { json: { key_hash: keyId, disabled: is === 'disabled' }, lines: [`key ${keyId} is ${is}`] };
}
