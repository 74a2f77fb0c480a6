import { byKey, type Credential, type Key, type Organization } from '../world.js';
import { anyGateway, anyOrganization, ask, bury, judge, markEnding, type Scene } from './scene.js';

const NAMES_PER_ORGANIZATION = 120;
const FEW_KEYS = 5;
const MANY_KEYS = 60;
const POLL_MS = 4;

const keysPath = ({ oid }: Organization) => `/v1/orgs/${oid}/keys`;

export const ofKey = ({ name, secret }: Key): Credential => {
  return { name: `key ${name}`, headers: byKey(secret.text), text: secret.text, secret };
};

/** Creates a key, and uses it at once at every gateway. */
export async function createKey(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  if (organization.keys.length >= MANY_KEYS) return;
  const name = `churn${scene.random.below(NAMES_PER_ORGANIZATION)}`;
  if (organization.namesInUse.has(name)) return;
  organization.namesInUse.add(name);
  // Another worker may take the key out of the pool as soon as it is there; the name is then its to free.
  let isInPool = false;
  try {
    const json = { key_name: name, perms: ['dr.list'] };
    const sent = { method: 'POST', path: keysPath(organization), headers: organization.owner, json };
    // After a gateway was lost in the middle of a creation, the name may be taken: 409.
    const answer = await ask(scene, anyGateway(scene), 'create key', sent, [200, 409]);
    if (answer.status === 409) return await revokeByName(scene, organization, name);
    const { api_key: text, key_hash: keyId } = JSON.parse(answer.text);
    const key = { name, keyId, secret: { text } };
    organization.keys.push(key);
    isInPool = true;
    await useAt(scene, ofKey(key));
  } finally {
    if (!isInPool) organization.namesInUse.delete(name);
  }
}

/** Revokes the key of a creation whose answer was lost. */
async function revokeByName(scene: Scene, organization: Organization, name: string): Promise<void> {
  const list = { method: 'GET', path: keysPath(organization), headers: organization.owner };
  const { text } = await ask(scene, anyGateway(scene), 'list keys', list, [200]);
  const found = Object.entries(JSON.parse(text).api_keys).find(([, key]) => Reflect.get(Object(key), 'name') === name);
  if (found === undefined) return;
  const sent = { ...list, method: 'DELETE', json: { key_hash: found[0] } };
  await ask(scene, anyGateway(scene), 'revoke key', sent, [200, 404]);
}

/** Uses a key of the pool at some gateway. */
export async function useKey(scene: Scene): Promise<void> {
  const { keys } = anyOrganization(scene);
  if (keys.length > 0) await useAt(scene, ofKey(scene.random.pick(keys)));
}

/** Uses a credential at some gateway, and judges the answer. Returns whether it was accepted. */
export async function useAt(scene: Scene, credential: Credential, gateway = anyGateway(scene)): Promise<boolean> {
  const sent = { method: 'GET', path: '/v1/who', headers: credential.headers };
  const answer = await ask(scene, gateway, `use ${credential.name.split(' ')[0]}`, sent, [200, 401]);
  judge(scene, gateway, credential, answer, answer.status === 200);
  return answer.status === 200;
}

/** Rotates a key without an overlap. The old secret and its tokens end. */
export async function rotateKey(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const key = takeKey(scene, organization);
  if (key === undefined) return;
  const gateway = anyGateway(scene);
  const path = `${keysPath(organization)}/${key.keyId}/rotate`;
  markEnding(key.secret);
  const sent = { method: 'POST', path, headers: organization.owner, json: { overlap: 0 } };
  let isInPool = false;
  try {
    const { text, answeredAt } = await ask(scene, gateway, 'rotate key', sent, [200]);
    key.secret.ended = { at: answeredAt, by: gateway };
    bury(scene, ofKey(key));
    const renewed = { ...key, secret: { text: JSON.parse(text).api_key } };
    organization.keys.push(renewed);
    isInPool = true;
    await useAt(scene, ofKey(renewed));
  } finally {
    if (!isInPool) organization.namesInUse.delete(key.name);
  }
}

/** Revokes a key, and measures how long another gateway accepts it. */
export async function revokeKey(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const key = organization.keys.length > FEW_KEYS ? takeKey(scene, organization) : undefined;
  if (key === undefined) return;
  const gateway = anyGateway(scene);
  markEnding(key.secret);
  const sent = {
    method: 'DELETE',
    path: keysPath(organization),
    headers: organization.owner,
    json: { key_hash: key.keyId },
  };
  try {
    const { answeredAt } = await ask(scene, gateway, 'revoke key', sent, [200]);
    key.secret.ended = { at: answeredAt, by: gateway };
    bury(scene, ofKey(key));
    await measureRefusal(scene, ofKey(key));
  } finally {
    organization.namesInUse.delete(key.name);
  }
}

/** Asks each other gateway until it refuses. */
async function measureRefusal(scene: Scene, credential: Credential): Promise<void> {
  const { ended } = credential.secret;
  if (ended === undefined) return;
  for (const gateway of scene.gateways.filter((one) => one !== ended.by)) {
    while (performance.now() < ended.at + scene.boundMs) {
      if (!(await useAt(scene, credential, gateway))) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    scene.ledger.refusedAfter(performance.now() - ended.at);
  }
}

/** Takes a key out of the pool. Its name stays in use. */
function takeKey({ random }: Scene, { keys }: Organization): Key | undefined {
  return keys.length === 0 ? undefined : keys.splice(random.below(keys.length), 1)[0];
}

/** Tries a credential that has ended. */
export async function useDead(scene: Scene): Promise<void> {
  if (scene.world.dead.length > 0) await useAt(scene, scene.random.pick(scene.world.dead));
}
