// The program that every consumer compiles and runs. It prints the statuses of a key, of no credential and of a token.

// @ts-check
export const program = `
import { createGate } from '@flairgate/express';
import { testGate } from '@flairgate/express/testing';
import { createCatalogue, createService, openAdministration } from '@flairgate/server';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { createClient } from '@flairgate/client';
import { OptionError } from '@flairgate/core';
import { createResourceRules } from '@flairgate/core/resources';
import express from 'express';

async function main() {
  const store = await sqliteStore({ file: 'flairgate-' + process.pid + '.db' });
  const catalogue = createCatalogue(['invoice.list']);
  const service = await createService({ store, catalogue, issuer: 'http://127.0.0.1', audience: 'invoices' });
  const operator = openAdministration(store).asOperator('consumer');
  const { oid } = await operator.createOrganization({ name: 'Acme' });
  const { text } = await operator.create({ organization: oid, name: 'first', permissions: ['invoice.*'] });
  const app = express();
  app.get('/invoices', service.gate.authenticate(), service.gate.requirePermissions('invoice.list'), (req, res) => {
    res.json({ you: service.gate.authOf(req).ident });
  });
  app.use(service.router);
  const kit = await testGate();
  if (typeof createGate !== 'function' || typeof createClient !== 'function') throw new OptionError('missing');
  if (typeof createResourceRules !== 'function') throw new OptionError('missing');
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  const url = 'http://127.0.0.1:' + (address !== null && typeof address === 'object' ? address.port : 0);
  const statuses: number[] = [];
  const ask = async (headers: Record<string, string>) =>
    statuses.push((await fetch(url + '/invoices', { headers })).status);
  await ask({ 'x-api-key': text });
  await ask({});
  const exchanged = await fetch(url + '/jwt', { method: 'POST', body: new URLSearchParams({ oid, secret: text }) });
  const { jwt } = (await exchanged.json()) as { jwt: string };
  await ask({ authorization: 'Bearer ' + jwt });
  await kit.close();
  await service.close();
  await store.close();
  server.close();
  console.log(statuses.join(' '));
}
void main();
`;
