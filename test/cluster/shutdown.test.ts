import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../packages/stores/test/databases.js';
import { byKey, type Issuer, startIssuer } from '../flow/services-fixture.ts';
import { ask } from './ask.ts';
import { openStore } from './cluster.ts';
import { type ClusterDatabase, ISSUER, makeDatabase, startGateway } from './processes.ts';
import { type DatabaseProxy, proxyTo } from './proxy.ts';

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('a service that is told to stop', { timeout: 60_000 }, () => {
  let database: ClusterDatabase;
  let control: Issuer;
  let proxy: DatabaseProxy;

  beforeAll(async () => {
    database = await makeDatabase();
    control = await startIssuer({ store: await openStore(database.url), issuer: ISSUER });
    proxy = await proxyTo(database.url);
  });

  afterAll(async () => {
    await proxy?.close();
    await control?.close();
    await database?.remove();
  });

  it('a service that is told to stop exits with 0 though PostgreSQL went before it, with uses and refusals not yet written down', async () => {
    const oid = await control.organization('acme');
    const { text } = await control.key(oid, 'reader', ['dr.list']);
    const gateway = await startGateway(proxy.url);
    expect((await ask(`${gateway.url}/v1/who`, byKey(text))).status).toBe(200);
    proxy.cut();
    expect((await ask(`${gateway.url}/v1/orgs/${oid}/keys`, byKey(text))).status).toBe(401);
    expect(await gateway.stop()).toBe(0);
  });
});
