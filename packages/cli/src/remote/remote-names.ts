import { type FlairgateClient, FlairgateClientError } from '@flairgate/client';
import { ambiguousName } from '../resolve-names.js';

/** Returns the id of the organization of a name, out of those of the caller. @throws OptionError if several have it. */
export async function organizationIdAt(client: FlairgateClient, name: string): Promise<string | undefined> {
  const named = (await organizationsOf(client, name)).filter((each) => each.name === name);
  return named.length > 1 ? ambiguousName() : named[0]?.oid;
}

async function organizationsOf(client: FlairgateClient, filter: string) {
  try {
    return (await client.organizations.list({ filter, limit: 1000 })).orgs;
  } catch (error) {
    if (!(error instanceof FlairgateClientError && error.code === 'ERR_USER_REQUIRED')) throw error;
  }
  // The key of an organization: it has one, whose name it may read by `org.get`.
  const who = await client.who();
  return Promise.all(('orgs' in who ? who.orgs : []).slice(0, 1).map((oid) => client.organizations.read(oid)));
}
