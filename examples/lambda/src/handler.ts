import { createGate } from '@flairgate/express';
import { remoteStore } from '@flairgate/stores/remote';
import express from 'express';
import serverless from 'serverless-http';

// Created once for each instance of the function, and used by every call of it.
const store = remoteStore({ url: variable('FLAIRGATE_URL'), serviceKey: variable('FLAIRGATE_SERVICE_KEY') });
const issuer = process.env.FLAIRGATE_ISSUER ?? variable('FLAIRGATE_URL');
const gate = createGate({ store, tokens: { issuer, audience: process.env.FLAIRGATE_AUDIENCE ?? 'flairgate' } });

const app = express();
app.use(gate.authenticate());

app.get('/rules', gate.requirePermissions('dr.list'), (req, res) => {
  res.json({ you: gate.authOf(req).ident, rules: [] });
});

app.use(gate.errorHandler());
// A route that requires nothing stops the start of the function.
gate.assertGuarded(app);

/** Entry of the function, for events of API Gateway (version 1 and 2), of a function URL and of a load balancer. */
export const handler: serverless.Handler = serverless(app);

/** Ends what polls for changes. AWS Lambda never calls it: it freezes an instance, and removes it later. */
export async function close(): Promise<void> {
  await gate.close();
  await store.close();
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}
