import { type Catalogue, createCatalogue } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createGate, type Gate } from '@flairgate/express';

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
