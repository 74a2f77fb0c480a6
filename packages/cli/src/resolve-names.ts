import { OptionError } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import { isUuid } from '@flairgate/core/internal';

/** Options from the arguments, by name. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * Returns the options with names replaced by ids: an organization's name in `--org`, and an e-mail address in `--user`
 * if the command needs a uid.
 *
 * An unknown name is not replaced, so the command then fails in the same way as for an unknown id.
 *
 * @throws OptionError if several organizations have the name.
 */
export async function withIds(
  context: AdministrationContext,
  options: unknown,
  declared: readonly { readonly isUserId?: true }[],
): Promise<unknown> {
  if (!isOptions(options)) return options;
  const org = await resolveIds(options.org, (name) => organizationId(context, name));
  const needsUid = declared.some(({ isUserId }) => isUserId);
  const user = needsUid ? await resolveIds(options.user, (address) => userId(context, address)) : options.user;
  return {
    ...options,
    ...(options.org === undefined ? {} : { org }),
    ...(options.user === undefined ? {} : { user }),
  };
}

/**
 * Returns the options. If `--org` contains the name of an organization, the name is replaced by the id that `find`
 * returns.
 */
export async function withOrganizationId(
  options: unknown,
  find: (name: string) => Promise<string | undefined>,
): Promise<unknown> {
  if (!isOptions(options) || options.org === undefined) return options;
  return { ...options, org: await resolveIds(options.org, find) };
}

/** Throws the error for an organization name that several organizations have. @throws OptionError */
export function ambiguousName(): never {
  throw new OptionError('--org: must be the id, because several organizations have this name');
}

function isOptions(options: unknown): options is GivenOptions {
  return typeof options === 'object' && options !== null;
}

async function resolveIds(given: unknown, find: (name: string) => Promise<string | undefined>): Promise<unknown> {
  if (Array.isArray(given)) return Promise.all(given.map((each) => resolveIds(each, find)));
  if (typeof given !== 'string' || isUuid(given)) return given;
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
