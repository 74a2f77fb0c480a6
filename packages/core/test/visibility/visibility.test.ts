import { visibilityOf } from '@flairgate/core/internal';
import type { WhereAction } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party } from './callers.js';

const organization = { field: 'organization', value: 'org-a', orEmpty: false };
const created = { field: 'createdBy', value: 'a', orEmpty: false };
const unlocked = { field: 'lockedBy', value: 'a', orEmpty: true };
const readable = { field: 'secretTo', value: 'sid-of-a', orEmpty: true };
const ownSecret = { field: 'secretTo', value: 'sid-of-a', orEmpty: false };

describe('visibilityOf', () => {
  it.each<[WhereAction, object[]]>([
    ['read', [organization]],
    ['content', [organization, readable]],
    ['update', [organization, unlocked]],
    ['delete', [organization, unlocked]],
    ['patch', [organization, unlocked, readable]],
    ['upsert', [organization, unlocked]],
  ])('visibilityOf asks for the rows to %s of a key without flairs', (action, condition) => {
    expect(visibilityOf(party('a'), action)).toEqual({ kind: 'where', condition });
  });

  it.each<[WhereAction, object[]]>([
    ['read', [organization, created]],
    ['content', [organization, created, readable]],
    ['update', [organization, created, unlocked]],
    ['upsert', [organization, created, unlocked, ownSecret]],
  ])('visibilityOf asks for the rows to %s of a segmented, secret key', (action, condition) => {
    expect(visibilityOf(party('a', 'segment', 'secret'), action)).toEqual({ kind: 'where', condition });
  });

  it('visibilityOf asks root for the organization, and for content that is not secret to another caller', () => {
    const root = party('a', 'segment', 'root');
    expect(visibilityOf(root, 'update')).toEqual({ kind: 'where', condition: [organization] });
    expect(visibilityOf(root, 'content')).toEqual({ kind: 'where', condition: [organization, readable] });
  });

  it('visibilityOf is every row only where the table belongs to one organization and nothing restricts the caller', () => {
    expect(visibilityOf(party('a'), 'read', 'single')).toEqual({ kind: 'all' });
    expect(visibilityOf(party('a'), 'update', 'single')).toEqual({ kind: 'where', condition: [unlocked] });
  });
});
