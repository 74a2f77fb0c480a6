import { allow, setKeyState } from '@flairgate/core';
import { z } from 'zod';
import { administration } from '../command.js';
import { operator } from '../context.js';
import { isOneOwner, keyReference, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

export const keyDisable = administration({
  words: ['key', 'disable'],
  help: 'Refuses a key until it is enabled again; it keeps its name and its identity.',
  options: keyReferenceOptions,
  input: z.object(keyReferenceShape).refine(isOneOwner, oneOwner),
  async run(context, named) {
    const done = await setKeyState(context, operator, keyReference(named), 'disabled');
    if (!done.allowed) return done;
    const { keyId } = done.value;
    return allow({ json: { key_hash: keyId, disabled: true }, lines: [`key ${keyId} is disabled`] });
  },
});
