import { type Catalogue, createCatalogue } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createGate, type Gate } from '@flairgate/express';
import { createService, type Service } from '@flairgate/server';

const catalogue = createCatalogue([
  'invoice.list',
  'invoice:lines:get',
  { name: 'key.ctrl', description: 'manage keys', privileged: true },
]);

export function typesOfCatalogue(store: Store, loose: Catalogue): readonly Gate[] {
  const gate = createGate({ store, catalogue });
  gate.requirePermissions('invoice.list', 'invoice.lines.get', 'key.ctrl', { organization: () => undefined });
  gate.requirePermissions('invoice:list', 'invoice.*', 'invoice.lines.*', 'invoice:*');
  gate.requireAnyPermission('invoice.list');
  // @ts-expect-error a misspelt permission
  gate.requirePermissions('invoice.lst');
  // @ts-expect-error a family without permissions
  gate.requireAnyPermission('bill.*');
  const untyped = createGate({ store, catalogue: loose });
  untyped.requirePermissions('anything.else');
  const byDefault = createGate({ store });
  byDefault.requirePermissions('dr.list');
  return [gate, untyped, byDefault];
}

export async function typesOfService(store: Store): Promise<Service> {
  const service = await createService({ store, catalogue, issuer: 'https://auth.example', audience: 'invoices' });
  service.gate.requirePermissions('invoice.list', 'invoice.*');
  // @ts-expect-error a misspelt permission
  service.gate.requirePermissions('invoice.lst');
  const options = { store, catalogue, issuer: 'https://auth.example', audience: 'invoices' };
  const { gate } = await createService(options);
  // @ts-expect-error a misspelt permission, with options in a variable
  gate.requireAnyPermission('invoice.lst');
  const byDefault = await createService({ store, issuer: 'https://auth.example', audience: 'rules' });
  byDefault.gate.requirePermissions('dr.list');
  return service;
}
