// What one asks CASL and casbin to decide the same as we do about a resource.

// @ts-check
import { AbilityBuilder, createMongoAbility, subject } from '@casl/ability';
import { newEnforcer, newModelFromString } from 'casbin';

/**
 * An ability with conditions on the subject: own rules only, no secrets of others, no locks of others.
 *
 * @param {{ oid: string, identity: string, secretId: string }} party
 */
export function caslDecider({ oid, identity, secretId }) {
  const { can, cannot, build } = new AbilityBuilder(createMongoAbility);
  const mine = { oid, created_by: identity };
  can(['read', 'update'], 'Rule', mine);
  cannot('read', 'Rule', { secret_to: { $nin: [null, secretId] } });
  cannot('update', 'Rule', { locked_by: { $nin: [null, identity] } });
  const ability = build({ detectSubjectType: () => 'Rule' });
  return {
    /** @param {'read' | 'update'} action */
    may: (action, /** @type {object} */ row) => ability.can(action, row),
    mayType: (/** @type {'read' | 'update'} */ action) => ability.can(action, 'Rule'),
    subject,
  };
}

const MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub.role == p.sub && r.act == p.act && r.obj.oid == r.sub.oid && r.obj.created_by == r.sub.identity && r.obj.secret_to == ''
`;

/**
 * The read decision, as casbin's attribute model writes it.
 *
 * @param {{ oid: string, identity: string, secretId: string }} party
 */
export async function casbinDecider({ oid, identity }) {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addPolicy('segment', 'read');
  const caller = { role: 'segment', oid, identity };
  return {
    may: (/** @type {string} */ action, /** @type {object} */ row) => enforcer.enforceSync(caller, row, action),
  };
}
