const { randomBytes, scryptSync } = require('node:crypto');
const { createCatalogue, createService, openAdministration } = require('@flairgate/server');
const { sqliteStore } = require('@flairgate/stores/sqlite');
const { createApp } = require('./app.js');

async function main() {
  const store = await sqliteStore({ file: process.env.FLAIRGATE_DATABASE ?? 'flairgate.db' });
  const catalogue = createCatalogue(['order.list', 'order.create']);
  const port = Number(process.env.PORT ?? 3000);
  const issuer = `http://127.0.0.1:${port}`;
  const service = await createService({ store, catalogue, issuer, audience: 'orders' });

  const operator = openAdministration(store).asOperator('first start');
  if ((await operator.listOrganizations()).length === 0) {
    const { oid } = await operator.createOrganization({ name: 'Acme' });
    const { text } = await operator.create({ organization: oid, name: 'first', permissions: ['order.*'] });
    console.log(`organization ${oid}, key ${text}`);
  }

  // One user, so that the example is small. Yours are where they were.
  const password = randomBytes(9).toString('base64url');
  const salt = randomBytes(16);
  const users = new Map([['ann', { name: 'ann', salt, hash: scryptSync(password, salt, 32) }]]);
  console.log(`user ann, password ${password}`);

  const sessionSecret = process.env.SESSION_SECRET ?? randomBytes(32).toString('base64url');
  const app = createApp({ users, sessionSecret, log: (line) => process.stderr.write(line), ...service });
  const server = app.listen(port, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

  process.once('SIGTERM', async () => {
    server.close();
    server.closeIdleConnections();
    await service.close();
    await store.close();
  });
}

void main();
