import { memoryStore } from '@flairgate/core';
import { createService, type Route } from '@flairgate/server';

/** Returns every route of a service in which every option that adds routes is set. */
export async function routesOfService(): Promise<readonly Route[]> {
  const store = await memoryStore();
  const optional = { allowGetExchange: true, exchangeAtRoot: true, uniqueOrganizationNames: true };
  const options = { store, issuer: 'https://auth.example', audience: 'flairgate', ...optional };
  const service = await createService(options);
  await service.close();
  await store.close();
  return service.routes;
}
