import { type FlairgateClient, FlairgateClientError } from '@flairgate/client';
import { ambiguousName } from '../resolve-names.js';

/**
 * Returns the id of the caller's organization with this name. Undefined if the caller has no such organization.
 *
 * @throws OptionError if the caller has several organizations with this name.
 */
export async function organizationIdAt(client: FlairgateClient, name: string): Promise<string | undefined> {
  const named = (await findOrganizations(client, name)).filter((each) => each.name === name);
  return named.length > 1 ? ambiguousName() : named[0]?.oid;
}

async function findOrganizations(client: FlairgateClient, filter: string) {
  try {
    return (await client.organizations.list({ filter, limit: 1000 })).orgs;
  } catch (error) {
    if (!(error instanceof FlairgateClientError && error.code === 'ERR_USER_REQUIRED')) throw error;
  }
  // An organization key has a single organization. It can read that organization's name if it has `org.get`.
  const who = await client.who();
  return Promise.all(('orgs' in who ? who.orgs : []).slice(0, 1).map((oid) => client.organizations.read(oid)));
}
