import { createServiceFetch } from '@flairgate/client';
import { UnavailableError } from '@flairgate/core';
import { clientAddress, createGate } from '@flairgate/express';
import { remoteStore } from '@flairgate/stores/remote';
import express from 'express';
import { z } from 'zod';
import { httpHosts, secret, serve, variable } from './serve.js';

const url = variable('ISSUER_URL');
const serviceKey = secret('SERVICE_KEY');
const allowHttp = httpHosts();
const rulesUrl = variable('RULES_URL');

const SENSORS = [
  { hostname: 'mail-1', platform: 'linux' },
  { hostname: 'desk-7', platform: 'windows' },
];
const PATIENCE_MS = 5000;

const store = remoteStore({ url, serviceKey, allowHttp });
const gate = createGate({ store, tokens: { issuer: variable('ISSUER'), audience: variable('AUDIENCE') } });
const callRules = createServiceFetch({ url, serviceKey, audience: 'rules', allowHttp });
const ruleList = z.object({ rules: z.array(z.object({ name: z.string() })) });
const organization = ({ params }: express.Request) => String(params.oid);

const app = express();
app.use(gate.authenticate());

app.get('/orgs/:oid/sensors', gate.requirePermissions('sensor.list', { organization }), async (req, res) => {
  const answer = await rulesFor(req, String(req.params.oid));
  if (answer.ok) {
    const { rules } = ruleList.parse(await answer.json());
    res.json({ sensors: SENSORS.map((sensor) => ({ ...sensor, rules: rules.map(({ name }) => name) })) });
    return;
  }
  // What the next service says to the caller is the caller's to know.
  res
    .status(answer.status)
    .type('application/problem+json')
    .send(await answer.text());
});

app.use(gate.errorHandler());

await serve(app, [() => gate.close(), () => store.close()]);

/** Asks with a token for `rules`, with the caller's name and `dr.list` in it; the caller's own key stays here. */
async function rulesFor(req: express.Request, oid: string): Promise<Response> {
  const address = clientAddress(req);
  const caller = { headers: req.headers, oid, ...(address === undefined ? {} : { address }) };
  try {
    return await callRules(caller, `${rulesUrl}/orgs/${oid}/rules`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new UnavailableError('store', error);
  }
}
