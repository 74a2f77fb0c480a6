import { OptionError } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';

type Options = Readonly<Record<string, unknown>>;

const ORGANIZATION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Returns the options with the id of an organization where `--org` is its name.
 *
 * A text that is no name stays, so that the command answers as for an unknown id.
 *
 * @throws OptionError if several organizations have the name.
 */
export async function withOrganizationId(context: AdministrationContext, options: unknown): Promise<unknown> {
  if (typeof options !== 'object' || options === null || !('org' in options)) return options;
  const { org } = options as Options;
  if (Array.isArray(org)) return { ...options, org: await Promise.all(org.map((each) => idOf(context, each))) };
  return { ...options, org: await idOf(context, org) };
}

async function idOf({ store }: AdministrationContext, given: unknown): Promise<unknown> {
  if (typeof given !== 'string' || ORGANIZATION_ID.test(given)) return given;
  const named = await store.read((tx) => tx.find('organization', { name: given }, { limit: 2 }));
  if (named.length > 1) throw new OptionError('--org: must be the id, because several organizations have this name');
  return named[0]?.oid ?? given;
}
