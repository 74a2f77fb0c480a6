import { byKey, type Organization, type Secret } from '../world.js';
import { useAt } from './keys.js';
import { anyGateway, anyOrganization, ask, bury, markEnding, type Scene } from './scene.js';

const NAMES_PER_WORKER = 10;
const OK = [200];
/** Answers about what an operation that a restart interrupted has left: a taken name, or what is gone. */
const LEFT = [200, 404, 409, 412, 428];

function caller(scene: Scene, organization: Organization) {
  return async (operation: string, method: string, path: string, json?: unknown, may = OK) => {
    const sent = { method, path, headers: organization.owner, json };
    const { text } = await ask(scene, anyGateway(scene), operation, sent, may);
    return JSON.parse(text);
  };
}

function workerName({ worker, random }: Scene): string {
  return `w${worker}-${random.below(NAMES_PER_WORKER)}`;
}

/** Creates a group with a member and a permission in the organization, and deletes it. */
export async function changeGroup(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const call = caller(scene, organization);
  const { gid } = await call('group', 'POST', '/v1/groups', { name: workerName(scene) });
  await call('group', 'POST', `/v1/groups/${gid}/permissions`, { perm: ['dr.list'] });
  await call('group', 'POST', `/v1/groups/${gid}/orgs`, { oid: organization.oid });
  await call('group', 'POST', `/v1/groups/${gid}/users`, { member_email: `${workerName(scene)}@soak.example` });
  await call('group', 'DELETE', `/v1/groups/${gid}`);
}

/** Adds a user to the organization, gives a permission, lists and removes. */
export async function changeUser(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const call = caller(scene, organization);
  const path = `/v1/orgs/${organization.oid}/users`;
  const email = `${workerName(scene)}@soak.example`;
  await call('user', 'POST', path, { email }, LEFT);
  await call('user', 'POST', `${path}/permissions`, { email, perm: 'dr.list' }, LEFT);
  await call('user', 'GET', path);
  await call('user', 'DELETE', path, { email }, LEFT);
}

/** Creates an API user with a key, uses the key, and deletes the user. The key ends with it. */
export async function changeApiUser(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const call = caller(scene, organization);
  const path = `/v1/orgs/${organization.oid}/api_users`;
  const { uid } = await call('API user', 'POST', path, { name: workerName(scene) }, [200, 409]);
  // The user of an interrupted operation has the name.
  if (uid === undefined) return;
  const { api_key: text } = await call('API user', 'POST', `${path}/${uid}/key`);
  const secret: Secret = { text };
  const credential = { name: 'API-user key', headers: byKey(text), text, secret };
  await useAt(scene, credential);
  const gateway = anyGateway(scene);
  markEnding(secret);
  const sent = { method: 'DELETE', path: `${path}/${uid}`, headers: organization.owner };
  const { answeredAt } = await ask(scene, gateway, 'API user', sent, OK);
  secret.ended = { at: answeredAt, by: gateway };
  bury(scene, credential);
}

/** Writes a policy, reads and deletes it. */
export async function changePolicy(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const call = caller(scene, organization);
  const path = `/v1/orgs/${organization.oid}/policies/${workerName(scene)}`;
  await call('policy', 'PUT', path, { grants: {} }, LEFT);
  await call('policy', 'GET', path);
  await call('policy', 'DELETE', path);
}

/** Reads what an admin page reads. */
export async function readLists(scene: Scene): Promise<void> {
  const organization = anyOrganization(scene);
  const call = caller(scene, organization);
  const path = `/v1/orgs/${organization.oid}`;
  await call('lists', 'GET', `${path}/keys`);
  await call('lists', 'GET', `${path}/audit?limit=20`);
  await call('lists', 'GET', `${path}/usage`);
}
