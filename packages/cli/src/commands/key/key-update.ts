import type { FlairgateClient, KeyEntry } from '@flairgate/client';
import { allow, OptionError } from '@flairgate/core';
import { describeKey, updateKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { instant } from '../../instant.js';
import { assertAbsent, neededOrganization, toSeconds } from '../../remote/remote-options.js';
import { isOneOwner, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

const ANY_VERSION = '*';

const input = z
  .strictObject({
    ...keyReferenceShape,
    description: z.string().optional(),
    permission: z.array(z.string()).optional(),
    expires: z.union([z.literal('never').transform(() => null), instant]).optional(),
    range: z.array(z.string()).optional(),
    etag: z.string().default(ANY_VERSION),
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
      ...(permission === undefined ? {} : { permissions: withoutEmpty(permission) }),
      ...(range === undefined ? {} : { ranges: withoutEmpty(range) }),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    });
    if (!updated.allowed) return updated;
    return allow(changedKeyAnswer({ key_hash: keyId, ...describeKey(updated.value, context.catalogue) }));
  },
  async remote(client, { org, user, hash, description, permission, expires, range, etag }) {
    assertAbsent({ user }, ['user']);
    const oid = neededOrganization(org);
    const version = etag === ANY_VERSION ? await versionOf(client, oid, hash) : etag;
    const change = {
      ...(description === undefined ? {} : { description: description === '' ? null : description }),
      ...(permission === undefined ? {} : { permissions: withoutEmpty(permission) }),
      ...(range === undefined ? {} : { ranges: withoutEmpty(range) }),
      ...(expires === undefined ? {} : { expires: expires === null ? null : toSeconds(expires) }),
    };
    return changedKeyAnswer(await client.organizationKeys.update(oid, hash, change, { etag: version }));
  },
});

function withoutEmpty(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => text !== '');
}

/** Reads the current version of a key. The service changes a key only if the request contains the current version. */
async function versionOf({ organizationKeys }: FlairgateClient, oid: string, keyHash: string): Promise<string> {
  const keys = await organizationKeys.list(oid);
  const key = Object.hasOwn(keys, keyHash) ? keys[keyHash] : undefined;
  if (key === undefined) throw new OptionError('--hash: must be the id of a key of the organization');
  return key.etag;
}

function changedKeyAnswer({
  everywhereBy: _,
  ...key
}: KeyEntry & { readonly key_hash: string; readonly everywhereBy?: number }): Answer {
  return { json: key, lines: [`key ${key.name} (${key.key_hash}) is changed`] };
}
