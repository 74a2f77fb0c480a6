import { respond } from '@flairgate/core';
import { createResourceRules, type WriteRequest } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data', 'notes'] });
const whole = { name: 'n', data: {}, notes: 'text' };
const blind: WriteRequest = { kind: 'upsert', conditional: false, body: whole };
const explicit: WriteRequest = { kind: 'upsert', conditional: true, body: whole };
const secretToB = row({ secret_to: 'sid-of-b' });
const code = (...asked: Parameters<typeof rules.admit>) => {
  const outcome = rules.admit(...asked);
  return outcome.allowed ? outcome.value : outcome.code;
};

/** Returns what the caller is told. */
const told = (outcome: ReturnType<typeof rules.admit>) => (outcome.allowed ? outcome : respond(outcome));

describe('admit', () => {
  it('admit creates what is not there and nothing that is', () => {
    expect(code(party('a'), undefined, { kind: 'create' })).toBe('create');
    expect(code(party('a'), undefined, blind)).toBe('create');
    expect(code(party('a'), row(), { kind: 'create' })).toBe('ERR_RESOURCE_EXISTS');
  });

  it('admit says of a taken id the same whether the resource is hidden or not', () => {
    const hidden = rules.admit(party('a', 'segment'), row({ created_by: 'b' }), { kind: 'create' });
    expect(told(hidden)).toEqual(told(rules.admit(party('a'), row(), { kind: 'create' })));
    expect(code(party('a', 'segment'), row({ created_by: 'b' }), blind)).toBe('ERR_RESOURCE_EXISTS');
  });

  it('a change of a missing resource is refused', () => {
    expect(code(party('a'), undefined, { kind: 'replace', body: whole })).toBe('ERR_NOT_FOUND');
    expect(code(party('a'), undefined, { kind: 'patch', body: whole })).toBe('ERR_NOT_FOUND');
    expect(code(party('a'), undefined, explicit)).toBe('ERR_ETAG_MISMATCH');
    expect(code(party('a', 'segment'), row({ created_by: 'b' }), { kind: 'replace', body: whole })).toBe(
      'ERR_NOT_FOUND',
    );
  });

  it('admit gives a caller who sends an etag for a hidden resource the answer of a missing one', () => {
    const hidden = rules.admit(party('a', 'segment'), row({ created_by: 'b' }), explicit);
    expect(told(hidden)).toEqual(told(rules.admit(party('a', 'segment'), undefined, explicit)));
  });

  it('admit keeps a secret key from writing over what another caller put there first', () => {
    expect(code(party('a', 'secret'), row(), blind)).toBe('ERR_NOT_SECRET_TO_YOU');
    expect(code(party('a', 'secret'), secretToB, blind)).toBe('ERR_NOT_SECRET_TO_YOU');
    expect(code(party('a', 'secret'), row(), explicit)).toBe('update');
    expect(code(party('b', 'secret'), secretToB, blind)).toBe('update');
    expect(code(party('a'), row(), blind)).toBe('update');
  });

  it('a write of a locked resource is refused', () => {
    expect(code(party('a'), row({ locked_by: 'b' }), explicit)).toBe('ERR_RESOURCE_LOCKED');
    expect(code(party('a', 'root'), row({ locked_by: 'b' }), explicit)).toBe('update');
  });

  it('admit lets withheld content be replaced whole and never in part', () => {
    const replace = (body: Readonly<Record<string, unknown>>) =>
      code(party('a', 'root'), secretToB, { kind: 'replace', body });
    expect(replace(whole)).toBe('update');
    for (const body of [{ ...whole, data: null }, { name: 'n', data: {} }, {}, { ...whole, notes: undefined }]) {
      expect(replace(body)).toBe('ERR_CONTENT_WITHHELD');
    }
    expect(code(party('b'), secretToB, { kind: 'replace', body: {} })).toBe('update');
  });

  it('admit lets a patch of withheld content touch everything else', () => {
    expect(code(party('a'), secretToB, { kind: 'patch', body: { name: 'n' } })).toBe('update');
    expect(code(party('a'), secretToB, { kind: 'patch', body: { data: {} } })).toBe('ERR_CONTENT_WITHHELD');
  });

  it('admit compares the etag of content that the caller may read', () => {
    expect(code(party('b'), secretToB, explicit, { etagMatched: true })).toBe('update');
    expect(code(party('b'), secretToB, explicit, { etagMatched: false })).toBe('ERR_ETAG_MISMATCH');
    expect(code(party('a'), row(), { kind: 'patch', body: { name: 'n' } }, { etagMatched: false })).toBe(
      'ERR_ETAG_MISMATCH',
    );
  });

  it.each(['upsert', 'replace', 'patch'] as const)('admit refuses a %s that was to be made only if absent', (kind) => {
    const write = (onlyAbsent: boolean): WriteRequest => ({ kind, conditional: false, onlyAbsent, body: whole });
    expect(code(party('a'), row(), write(true))).toBe('ERR_ETAG_MISMATCH');
    expect(code(party('a'), row(), write(false))).toBe('update');
  });

  it('admit finds nothing in an organization that the caller has no rights in', () => {
    for (const asked of [undefined, row({ oid: 'org-b' }), row()]) {
      for (const write of [{ kind: 'create' }, blind, explicit] as const) {
        expect(code(party('a'), asked, write, { organization: 'org-b' })).toBe('ERR_NOT_FOUND');
      }
    }
  });

  it('admit explains a write in another organization as a change of what is elsewhere', () => {
    expect(rules.admit(party('a'), row(), blind, { organization: 'org-b' })).toMatchObject({
      explanation: { action: 'update', because: 'the resource belongs to another organization' },
    });
  });

  it('admit names the holder of a lock by the name that the service has for it', () => {
    const locked = row({ locked_by: 'b' });
    const refused = (nameOf?: (identity: string) => string | undefined) =>
      rules.admit(party('a'), locked, explicit, nameOf === undefined ? {} : { nameOf });
    expect(refused()).toMatchObject({ code: 'ERR_RESOURCE_LOCKED', members: { lockedBy: 'b' } });
    expect(refused((identity) => `name of ${identity}`)).toMatchObject({
      code: 'ERR_RESOURCE_LOCKED',
      detail: expect.stringContaining('name of b'),
      members: { lockedBy: 'name of b' },
    });
    expect(refused(() => undefined)).toMatchObject({ members: { lockedBy: 'b' } });
  });

  it('admit answers a guessed etag of withheld content the same, right or wrong', () => {
    for (const etagMatched of [true, false]) {
      expect(code(party('a'), secretToB, explicit, { etagMatched })).toBe('ERR_ETAG_MISMATCH');
    }
    expect(code(party('a'), secretToB, explicit)).toBe('update');
  });
});
