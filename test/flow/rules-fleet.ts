import {
  type Issuer,
  type ManualClock,
  type Member,
  manualClock,
  type NewKey,
  startIssuer,
  startMember,
} from './services-fixture.ts';

/** An issuer, a service without a database that asks it, and an organization with a key. */
export interface RulesFleet {
  readonly issuer: Issuer;
  readonly rules: Member;
  readonly clock: ManualClock;
  readonly oid: string;
  /** `vendor[segment]`, with `dr.list` and `dr.set`. */
  readonly key: NewKey;
  /** The key of the service. */
  readonly service: NewKey;
}

export async function startRulesFleet(): Promise<RulesFleet> {
  const issuer = await startIssuer();
  const clock = manualClock();
  const oid = await issuer.organization('acme');
  const key = await issuer.key(oid, 'vendor[segment]', ['dr.list', 'dr.set']);
  const service = await issuer.serviceKey({ name: 'rules', organizations: 'all', mayExchange: [] });
  const rules = await startMember({ remote: { url: issuer.url, serviceKey: service.text }, gate: { clock } });
  return { issuer, rules, clock, oid, key, service };
}
