import type { Principal } from '@flairgate/core';
import { exchange, exchangeOnBehalf, type OnBehalfInput, revokeServiceKey } from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { must, OPERATOR, organizationKey, refusal } from '../fixture.js';
import { claimsOf, ISSUER, openServicesFixture, type ServicesFixture } from '../services-fixture.js';

let fleet: ServicesFixture;

beforeEach(async () => {
  fleet = await openServicesFixture();
});

const policy = { mayExchange: [{ audience: 'sensors', permissions: ['dr.list', 'sensor.*'] }] };

async function onBehalf(subjectToken: string, more: Partial<OnBehalfInput> = {}, service = policy) {
  const { principal } = await fleet.service(service);
  return exchangeOnBehalf(fleet.fleet, principal, { subjectToken, audience: 'sensors', ...more });
}

describe('a token on behalf of a caller', () => {
  it('a token on behalf of a caller carries the caller, what both may do, and who acts', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor[segment][lock]', ['dr.list', 'dr.set', 'sensor.get']);
    const caller = await fleet.principal(key.text);
    const { principal } = await fleet.service(policy);
    const token = must(await exchangeOnBehalf(fleet.fleet, principal, { subjectToken: key.text, audience: 'sensors' }));
    expect(token.permissions).toEqual(['dr.list', 'sensor.get']);
    expect(claimsOf(token.jwt)).toMatchObject({
      iss: ISSUER,
      aud: 'sensors',
      sub: caller.identity,
      sid: caller.secretId,
      kid: key.keyId,
      email: 'vendor[segment][lock]',
      oid: [fleet.oid],
      perms: ['dr.list', 'sensor.get'],
      flairs: ['lock', 'segment'],
      narrowed: true,
      act: { sub: principal.identity },
    });
  });

  it('a token on behalf of a token ends with it, hangs on the same changes, and says the same chain and one more', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    const { jwt } = must(await exchange(fleet.fleet, { secret: key.text, oid: fleet.oid, expiry: 90 }, undefined));
    await organizationKey(fleet, fleet.oid, 'a change between');
    const { principal } = await fleet.service(policy);
    const { principal: sensors } = await fleet.service({ ...policy, name: 'sensors' });
    const ask = (subjectToken: string, service = principal) =>
      exchangeOnBehalf(fleet.fleet, service, { subjectToken, audience: 'sensors' });
    const first = must(await ask(jwt));
    const said = claimsOf(jwt);
    expect(claimsOf(first.jwt)).toMatchObject({ exp: said.exp, rev: said.rev, inc: said.inc });
    const second = must(await ask(first.jwt, sensors));
    const { identity: sub } = principal;
    expect(claimsOf(second.jwt).act).toEqual({ sub: sensors.identity, act: { sub } });
  });

  it('a service exchanges a token that is for Flairgate or for itself, never one for another service', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    const { principal: gateway } = await fleet.service(policy);
    const { principal: logs } = await fleet.service({ ...policy, name: 'logs' });
    const { principal: sensors } = await fleet.service({ ...policy, name: 'sensors' });
    const { jwt } = must(await exchangeOnBehalf(fleet.fleet, gateway, { subjectToken: key.text, audience: 'sensors' }));
    const by = (service: Principal) =>
      exchangeOnBehalf(fleet.fleet, service, { subjectToken: jwt, audience: 'sensors' });
    expect(refusal(await by(logs))).toBe('ERR_TOKEN_INVALID');
    expect(refusal(await by(gateway))).toBe('ERR_TOKEN_INVALID');
    expect(await by(sensors)).toMatchObject({ allowed: true });
  });

  it('a token on behalf of a caller never outlives the key of the service', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    const expiresAt = fleet.clock.wall() + 60_000;
    const { principal } = await fleet.service({ ...policy, expiresAt });
    const token = must(await exchangeOnBehalf(fleet.fleet, principal, { subjectToken: key.text, audience: 'sensors' }));
    expect(token.expiresAt).toBe(expiresAt / 1000);
  });

  it('a token on behalf of a caller is refused to a service that was ended a moment ago', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    const { principal, keyId } = await fleet.service(policy);
    must(await revokeServiceKey(fleet.context, OPERATOR, { keyId }));
    const asked = exchangeOnBehalf(fleet.fleet, principal, { subjectToken: key.text, audience: 'sensors' });
    expect(refusal(await asked)).toBe('ERR_KEY_INVALID');
  });

  it.each([
    ['an audience the policy does not name', { audience: 'flairgate' }, 'ERR_ESCALATION audience'],
    ['an unknown permission', { permissions: ['no.such'] }, 'ERR_VALIDATION'],
    ['an unknown credential', { subjectToken: 'no-key-of-anybody' }, 'ERR_TOKEN_INVALID'],
    ['an organization the caller is not in', { oid: '0f8fad5b-d9cb-469f-a165-70867728950e' }, 'ERR_TOKEN_INVALID'],
  ])('a token on behalf of a caller is refused for %s', async (_what, more, code) => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    expect(refusal(await onBehalf(key.text, more))).toBe(code);
  });

  it('a token on behalf of a caller needs the address for a key with ranges', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list'], { ranges: ['10.0.0.0/8'] });
    const { principal } = await fleet.service(policy);
    const ask = (address?: string) =>
      exchangeOnBehalf(fleet.fleet, principal, { subjectToken: key.text, audience: 'sensors', address });
    expect(refusal(await ask())).toBe('ERR_TOKEN_INVALID');
    expect(refusal(await ask('192.0.2.1'))).toBe('ERR_TOKEN_INVALID');
    expect((await ask('10.1.1.1')).allowed).toBe(true);
  });

  it('a token on behalf of a caller is refused for organizations that are not served', async () => {
    const key = await organizationKey(fleet, fleet.other, 'theirs', ['dr.list']);
    const { principal } = await fleet.service({ ...policy, organizations: [fleet.oid] });
    const asked = exchangeOnBehalf(fleet.fleet, principal, { subjectToken: key.text, audience: 'sensors' });
    expect(refusal(await asked)).toBe('ERR_TOKEN_INVALID');
  });
});
