import type { Credential } from '../world.js';
import { ofKey, useAt } from './keys.js';
import { anyGateway, anyOrganization, ask, bury, fromAnywhere, judge, type Scene } from './scene.js';

const MAX_TOKENS = 150;

/** Exchanges a key of the pool for a token. */
export async function exchangeKey(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  if (organization.keys.length === 0) return;
  const key = scene.random.pick(organization.keys);
  const gateway = anyGateway(scene);
  const sent = { method: 'POST', path: '/jwt', json: { oid: organization.oid, secret: key.secret.text } };
  const answer = await ask(scene, gateway, 'exchange', sent, [200, 401]);
  judge(scene, gateway, { ...ofKey(key), name: 'exchange' }, answer, answer.status === 200);
  if (answer.status !== 200) return;
  const { jwt } = JSON.parse(answer.text);
  const { tokens } = scene.world;
  tokens.push({ name: 'token', headers: { authorization: `Bearer ${jwt}` }, text: jwt, secret: key.secret });
  if (tokens.length > MAX_TOKENS) tokens.splice(scene.random.below(tokens.length), 1);
}

/** Uses a token. One whose key has ended is kept among the dead. */
export async function useToken(scene: Scene): Promise<void> {
  const token = anyToken(scene);
  if (token !== undefined) await useAt(scene, token);
}

function anyToken(scene: Scene): Credential | undefined {
  const { tokens } = scene.world;
  if (tokens.length === 0) return undefined;
  const at = scene.random.below(tokens.length);
  const token = tokens[at];
  if (token?.secret.ended === undefined) return token;
  tokens.splice(at, 1);
  bury(scene, token);
  return token;
}

/** Asks as a service whether a token counts. */
export async function introspect(scene: Scene): Promise<void> {
  const token = anyToken(scene);
  if (token === undefined) return;
  const gateway = anyGateway(scene);
  const sent = { method: 'POST', path: '/oauth/introspect', headers: scene.world.service, json: { token: token.text } };
  const answer = await ask(scene, gateway, 'introspect', sent, [200]);
  judge(scene, gateway, { ...token, name: 'introspection' }, answer, JSON.parse(answer.text).active === true);
}

/** Sends an unknown key or token, from a random address. */
export async function useUnknown(scene: Scene): Promise<void> {
  const { random } = scene;
  const jwt = [{ alg: 'ES256', kid: random.hex(8) }, { sub: random.hex(8) }, random.hex(64)]
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');
  const given = random.below(3) === 0 ? { authorization: `Bearer ${jwt}` } : { 'x-api-key': `fg_${random.hex(40)}` };
  const sent = { method: 'GET', path: '/v1/who', headers: { ...given, ...fromAnywhere(scene) } };
  await ask(scene, anyGateway(scene), 'use unknown', sent, [401]);
}

/** Reads the public keys, and waits at the change feed. */
export async function readFeed(scene: Scene): Promise<void> {
  const gateway = anyGateway(scene);
  await ask(scene, gateway, 'key set', { method: 'GET', path: '/.well-known/jwks.json' }, [200]);
  const read = (query: string) => ({ method: 'GET', path: `/v1/changes?${query}`, headers: scene.world.service });
  const { text } = await ask(scene, gateway, 'change feed', read('after=1000000000'), [200]);
  const { inc, n } = JSON.parse(text);
  await ask(scene, gateway, 'change feed', read(`inc=${inc}&after=${n}&wait=1`), [200]);
}
