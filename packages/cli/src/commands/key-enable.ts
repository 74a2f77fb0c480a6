import { allow, setKeyState } from '@flairgate/core';
import { z } from 'zod';
import { administration } from '../command.js';
import { operator } from '../context.js';
import { isOneOwner, keyReference, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

export const keyEnable = administration({
  words: ['key', 'enable'],
  help: 'Takes a disabled key again.',
  options: keyReferenceOptions,
  input: z.object(keyReferenceShape).refine(isOneOwner, oneOwner),
  async run(context, named) {
    const done = await setKeyState(context, operator, keyReference(named), 'enabled');
    if (!done.allowed) return done;
    const { keyId } = done.value;
    return allow({ json: { key_hash: keyId, disabled: false }, lines: [`key ${keyId} is enabled`] });
  },
});
