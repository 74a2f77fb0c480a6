import { OptionError } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';

/** Options as the arguments give them, by their names. */
export type GivenOptions = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True for the id of an organization or a user. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/**
 * Returns the options with the id of an organization where `--org` is its name, and with the uid of a user where `--user`
 * is an e-mail address and the command needs the uid.
 *
 * A text that is no name stays, so that the command answers as for an unknown id.
 *
 * @throws OptionError if several organizations have the name.
 */
export async function withIds(
  context: AdministrationContext,
  options: unknown,
  declared: readonly { readonly isUserId?: true }[],
): Promise<unknown> {
  if (!isOptions(options)) return options;
  const org = await idsOf(options.org, (name) => organizationId(context, name));
  const needsUid = declared.some(({ isUserId }) => isUserId);
  const user = needsUid ? await idsOf(options.user, (address) => userId(context, address)) : options.user;
  return {
    ...options,
    ...(options.org === undefined ? {} : { org }),
    ...(options.user === undefined ? {} : { user }),
  };
}

/** Returns the options with the id of an organization where `--org` is its name. */
export async function withOrganizationId(
  options: unknown,
  find: (name: string) => Promise<string | undefined>,
): Promise<unknown> {
  if (!isOptions(options) || options.org === undefined) return options;
  return { ...options, org: await idsOf(options.org, find) };
}

/** @throws OptionError */
export function ambiguousName(): never {
  throw new OptionError('--org: must be the id, because several organizations have this name');
}

function isOptions(options: unknown): options is GivenOptions {
  return typeof options === 'object' && options !== null;
}

async function idsOf(given: unknown, find: (name: string) => Promise<string | undefined>): Promise<unknown> {
  if (Array.isArray(given)) return Promise.all(given.map((each) => idsOf(each, find)));
  if (typeof given !== 'string' || isId(given)) return given;
  return (await find(given)) ?? given;
}

async function organizationId({ store }: AdministrationContext, name: string): Promise<string | undefined> {
  const named = await store.read((tx) => tx.find('organization', { name }, { limit: 2 }));
  return named.length > 1 ? ambiguousName() : named[0]?.oid;
}

async function userId({ store }: AdministrationContext, address: string): Promise<string | undefined> {
  const email = address.toLowerCase();
  const [user] = await store.read((tx) => tx.find('user', { email }, { limit: 1 }));
  return user?.uid;
}
