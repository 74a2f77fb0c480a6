import type { KeyReference } from '@flairgate/core/administration';
import { z } from 'zod';
import { type CommandOption, userOption } from '../../command.js';

/** The option `--user`, for the user who owns the key. */
export const keyUserOption: CommandOption = {
  ...userOption,
  help: 'user of the key: e-mail address or uid; with --url, `me`',
};

/** Options that identify one key. */
export const keyReferenceOptions: readonly CommandOption[] = [
  { flags: '--org <org>', help: 'organization of the key' },
  keyUserOption,
  { flags: '--hash <key_hash>', help: 'public id of the key, from a list', required: true },
];

/** Schema members for `keyReferenceOptions`. */
export const keyReferenceShape = {
  org: z.string().optional(),
  user: z.string().optional(),
  hash: z.string(),
};

/** Reference to a key by its owner and its public id. */
export type NamedKey = Extract<KeyReference, { readonly keyId: string }>;

interface Named {
  readonly org?: string | undefined;
  readonly user?: string | undefined;
  readonly hash: string;
}

/** True if exactly one owner is given: an organization or a user. */
export function isOneOwner({ org, user }: Named): boolean {
  return (org === undefined) !== (user === undefined);
}

export const oneOwner = { message: 'give exactly one of --org and --user' };

export function keyReference({ org, user, hash: keyId }: Named): NamedKey {
  return user === undefined ? { oid: org ?? '', keyId } : { uid: user, keyId };
}
