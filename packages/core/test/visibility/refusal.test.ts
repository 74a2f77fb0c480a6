import { respond } from '@flairgate/core';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });
const theirs = row({ created_by: 'b', locked_by: 'b', secret_to: 'sid-of-b' });
const refused = (...[caller, of, action = 'update', options]: Partial<Parameters<typeof rules.refusal>>) =>
  rules.refusal(caller ?? party('a'), of, action, options);

describe('refusal', () => {
  it.each(['read', 'content', 'update', 'delete', 'patch'] as const)(
    'refusal answers %s of a hidden resource byte for byte as of a missing one',
    (action) => {
      const missing = JSON.stringify(respond(refused(party('a', 'segment'), undefined, action)));
      for (const etagMatched of [true, false]) {
        expect(JSON.stringify(respond(refused(party('a', 'segment'), theirs, action, { etagMatched })))).toBe(missing);
        expect(JSON.stringify(respond(refused(party('a'), row({ oid: 'org-b' }), action, { etagMatched })))).toBe(
          missing,
        );
        expect(JSON.stringify(respond(refused(party('a'), undefined, action, { etagMatched })))).toBe(missing);
      }
      expect(JSON.parse(missing).status).toBe(404);
    },
  );

  it('the refusal of a locked resource names the holder', () => {
    const denial = refused(party('a'), theirs, 'delete', {
      nameOf: (identity) => (identity === 'b' ? 'vendor[lock]' : undefined),
    });
    expect(denial).toMatchObject({ code: 'ERR_RESOURCE_LOCKED', members: { lockedBy: 'vendor[lock]' } });
    expect(denial.detail).toContain('locked');
    expect(denial.detail).toContain('vendor[lock]');
    expect(refused(party('a'), theirs, 'delete').members).toEqual({ lockedBy: 'b' });
  });

  it('refusal says that the etag does not match only to who may write', () => {
    expect(refused(party('a'), row(), 'update', { etagMatched: false }).code).toBe('ERR_ETAG_MISMATCH');
    expect(refused(party('a'), theirs, 'update', { etagMatched: false }).code).toBe('ERR_RESOURCE_LOCKED');
  });

  it('refusal tells a caller who may not read nothing about the etag it guessed', () => {
    const secret = row({ secret_to: 'sid-of-b' });
    const [right, wrong] = [true, false].map((etagMatched) =>
      respond(refused(party('a'), secret, 'update', { etagMatched })),
    );
    expect(right).toEqual(wrong);
    expect(right?.status).toBe(412);
  });

  it('refusal refuses a patch of withheld content', () => {
    expect(refused(party('a', 'root'), row({ secret_to: 'sid-of-b' }), 'patch').code).toBe('ERR_CONTENT_WITHHELD');
  });

  it('refusal refuses a blind upsert by a secret key, and one onto a hidden id', () => {
    expect(refused(party('a', 'secret'), row(), 'upsert').code).toBe('ERR_NOT_SECRET_TO_YOU');
    expect(refused(party('a', 'segment'), row({ created_by: 'b' }), 'upsert').code).toBe('ERR_RESOURCE_EXISTS');
  });

  it('refusal calls a row that changed between the statements changed', () => {
    expect(refused(party('a'), row(), 'update')).toMatchObject({
      code: 'ERR_ETAG_MISMATCH',
      reason: 'changed-meanwhile',
    });
  });
});
