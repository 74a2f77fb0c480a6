import { allow } from '@flairgate/core';
import { describeKey, updateKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { instant } from '../../instant.js';
import { isOneOwner, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

const input = z
  .object({
    ...keyReferenceShape,
    description: z.string().optional(),
    permission: z.array(z.string()).optional(),
    expires: z.union([z.literal('never').transform(() => null), instant]).optional(),
    range: z.array(z.string()).optional(),
    etag: z.string().default('*'),
  })
  .refine(isOneOwner, oneOwner);

export const keyUpdate = administration({
  words: ['key', 'update'],
  help: 'Change the description, expiry or address ranges of a key, or narrow its permissions.',
  options: [
    ...keyReferenceOptions,
    { flags: '--description <text>', help: "purpose of the key; '' removes it" },
    { flags: '--permission <name...>', help: 'permission that the key keeps; can be repeated; the others are removed' },
    { flags: '--expires <time>', help: 'expiry: 30d, 2030-01-31T00:00:00Z, a Unix time, or never' },
    { flags: '--range <cidr...>', help: "address range the key can be used from; can be repeated; '' means any" },
    { flags: '--etag <version>', help: 'change only this version of the key, from key list --json' },
  ],
  input,
  async run(context, { org, user, hash: keyId, description, permission, expires, range, etag }) {
    const updated = await updateKey(context, operator, {
      ...(user === undefined ? { oid: org ?? '' } : { uid: user }),
      keyId,
      version: etag,
      ...(description === undefined ? {} : { description }),
      ...(permission === undefined ? {} : { permissions: permission.filter((name) => name !== '') }),
      ...(range === undefined ? {} : { ranges: range.filter((cidr) => cidr !== '') }),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    });
    if (!updated.allowed) return updated;
    const described = describeKey(updated.value, context.catalogue);
    return allow({
      json: { key_hash: keyId, ...described },
      lines: [`key ${described.name} (${keyId}) is changed`],
    });
  },
});
