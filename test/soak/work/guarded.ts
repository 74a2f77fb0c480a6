import type { Gateway } from '../fleet.js';
import type { Organization } from '../world.js';
import { anyGateway, anyOrganization, ask, OperationEnded, type Scene } from './scene.js';

const IDS_PER_WORKER = 20;
const OK = [200];
/** Another writer of the same id is at work: 409. */
const WRITE = [200, 409];

interface Rules {
  readonly scene: Scene;
  readonly gateway: Gateway;
  readonly organization: Organization;
}

type Who = 'first' | 'second' | 'secret' | 'plain';

function call({ scene, gateway, organization }: Rules, who: Who, sent: [string, string, unknown?], may = OK) {
  const [method, id, json] = sent;
  const path = `/soak/orgs/${organization.oid}/rules${id === '' ? '' : `/${id}`}`;
  const headers = organization.flaired[who];
  return ask(scene, gateway, `guarded ${method} as ${who}`, { method, path, headers, json }, may);
}

/**
 * Number of interrupted operations. A write that a restart or a lost transaction interrupted stays unresolved for a
 * while, in which the stricter of the ownership before and after it counts. So the next ones use other ids.
 */
let interrupted = 0;

/** Writes a rule that others must not see, and one whose content they must not see, and looks as each of them. */
export async function guardRules(scene: Scene): Promise<void> {
  const rules = { scene, gateway: anyGateway(scene), organization: anyOrganization(scene) };
  const id = `w${scene.worker}-${scene.random.below(IDS_PER_WORKER)}-${interrupted}`;
  try {
    await checkSegment(rules, `segment-${id}`);
    await checkSecret(rules, `secret-${id}`);
  } catch (error) {
    interrupted += 1;
    throw error;
  }
}

async function checkSegment(rules: Rules, id: string): Promise<void> {
  const { ledger, stalls } = rules.scene;
  const mark = `content of ${id}`;
  const written = await call(rules, 'first', ['PUT', id, { data: mark }], WRITE);
  if (written.status !== 200) return;
  const own = await call(rules, 'first', ['GET', id], [200, 404]);
  if (own.status === 404 && stalls.overlaps(written.sentAt, own.answeredAt)) throw new OperationEnded();
  if (!own.text.includes(mark)) ledger.breach(`guarded: a key does not see its own rule ${id}: ${own.text}`);
  const hidden = await call(rules, 'second', ['GET', id], [404]);
  const missing = await call(rules, 'second', ['GET', `${id}-missing`], [404]);
  if (hidden.text !== missing.text) ledger.breach(`guarded: hidden and missing differ: ${hidden.text} ${missing.text}`);
  const list = await call(rules, 'second', ['GET', '']);
  if (list.text.includes(mark)) ledger.breach(`guarded: the list of another segment has ${id}`);
  await call(rules, 'second', ['PUT', id, { data: 'taken over' }], [403, 404, 409]);
  const whole = await call(rules, 'plain', ['GET', id]);
  if (!whole.text.includes(mark)) ledger.breach(`guarded: a key without flairs does not see ${id}: ${whole.text}`);
  await call(rules, 'first', ['DELETE', id], WRITE);
}

async function checkSecret(rules: Rules, id: string): Promise<void> {
  const { ledger } = rules.scene;
  const mark = `content of ${id}`;
  if ((await call(rules, 'secret', ['PUT', id, { data: mark }], WRITE)).status !== 200) return;
  const own = await call(rules, 'secret', ['GET', id]);
  if (!own.text.includes(mark)) ledger.breach(`guarded: a key does not see its own secret ${id}: ${own.text}`);
  for (const path of [id, '']) {
    const seen = await call(rules, 'plain', ['GET', path]);
    if (seen.text.includes(mark)) ledger.breach(`guarded: the content of the secret ${id} was shown`);
  }
  await call(rules, 'secret', ['DELETE', id], WRITE);
}
