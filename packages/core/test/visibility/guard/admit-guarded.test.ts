import { admitGuarded, checkAbsent, checkUnknowable } from '@flairgate/core/internal';
import type { RequestedWrite } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party } from '../callers.js';
import { type SnapshotParts, snapshotOf } from './snapshots.js';

const KINDS = ['create', 'upsert', 'replace', 'patch', 'delete', 'rename', 'copy'] as const;
const a = party('a');
const segmented = party('a', 'segment');
const secretToB = { owned: [{ secretTo: 'sid-of-b' }] };

function write(kind: RequestedWrite['kind'], differs: Partial<RequestedWrite> = {}): RequestedWrite {
  return { kind, version: 'none', onlyAbsent: false, content: { touched: true, replaced: true }, ...differs };
}

function admitted(parts: SnapshotParts, asked: RequestedWrite, caller = a, exists = true, token?: string) {
  const among = token === undefined ? { exists } : { exists, token };
  return admitGuarded(caller, snapshotOf(parts), { id: 'r1', write: asked }, among);
}

const code = (...asked: Parameters<typeof admitted>) => {
  const outcome = admitted(...asked);
  return outcome.allowed ? outcome.value : outcome.code;
};

describe('a write through a guard', () => {
  it('each kind of write of a resource without an owner has its own effect', () => {
    const effects = KINDS.map((kind) => [kind, code({}, write(kind)), code({}, write(kind), a, false)]);
    expect(effects).toEqual([
      ['create', 'ERR_RESOURCE_EXISTS', 'create'],
      ['upsert', 'update', 'create'],
      ['replace', 'update', 'ERR_NOT_FOUND'],
      ['patch', 'update', 'ERR_NOT_FOUND'],
      ['delete', 'delete', 'ERR_NOT_FOUND'],
      ['rename', 'delete', 'ERR_NOT_FOUND'],
      ['copy', 'read', 'ERR_NOT_FOUND'],
    ]);
  });

  it('a hidden resource is missing for every write but one that would create it', () => {
    const hidden = { owned: [{ createdBy: 'b' }] };
    expect(KINDS.map((kind) => code(hidden, write(kind), segmented))).toEqual([
      'ERR_RESOURCE_EXISTS',
      'ERR_RESOURCE_EXISTS',
      ...Array<string>(5).fill('ERR_NOT_FOUND'),
    ]);
    expect(code(hidden, write('upsert', { version: 'any' }), segmented)).toBe('ERR_ETAG_MISMATCH');
    expect(admitted(hidden, write('patch'), segmented)).toMatchObject({ reason: 'hidden' });
  });

  it('a locked resource is not changed, deleted or renamed by others, and may be copied', () => {
    const locked = { owned: [{ lockedBy: 'b' }] };
    for (const kind of ['upsert', 'replace', 'patch', 'delete', 'rename'] as const) {
      expect(code(locked, write(kind))).toBe('ERR_RESOURCE_LOCKED');
      expect(code(locked, write(kind), party('a', 'root'))).not.toMatch(/^ERR/);
    }
    expect(code(locked, write('copy'))).toBe('read');
  });

  it('content that is secret to another key may be deleted, renamed and replaced whole, never copied', () => {
    expect(code(secretToB, write('copy'))).toBe('ERR_CONTENT_WITHHELD');
    expect(code(secretToB, write('copy'), party('b'))).toBe('read');
    const part = { content: { touched: true, replaced: false } };
    expect(code(secretToB, write('delete', part))).toBe('delete');
    expect(code(secretToB, write('rename', part))).toBe('delete');
    expect(code(secretToB, write('replace', part))).toBe('ERR_CONTENT_WITHHELD');
    expect(code(secretToB, write('replace'))).toBe('update');
    expect(code(secretToB, write('patch', part))).toBe('ERR_CONTENT_WITHHELD');
    expect(code(secretToB, write('patch', { content: { touched: false, replaced: false } }))).toBe('update');
  });

  it('versions of content that the caller may not read are never compared', () => {
    for (const version of ['matched', 'unchecked', 'mismatched'] as const) {
      expect(code(secretToB, write('replace', { version }))).toBe('ERR_ETAG_MISMATCH');
    }
    expect(code(secretToB, write('replace', { version: 'unchecked' }), party('b'))).toBe('update');
    expect(code(secretToB, write('replace', { version: 'mismatched' }), party('b'))).toBe('ERR_ETAG_MISMATCH');
  });

  it('what is to be written only if absent changes nothing that exists', () => {
    for (const kind of ['upsert', 'replace', 'patch', 'delete', 'rename', 'copy'] as const) {
      expect(code({}, write(kind, { onlyAbsent: true }))).toBe('ERR_ETAG_MISMATCH');
    }
  });

  it('the own write in progress does not stand in the way', () => {
    const pending = { owned: [{}], intents: [{ token: 'own', lockedBy: 'b' }] };
    expect(code(pending, write('patch'), a, true, 'own')).toBe('update');
    expect(code(pending, write('patch'), a, true, 'another')).toBe('ERR_RESOURCE_LOCKED');
  });
});

describe('the explanation of a refused write', () => {
  const action = (kind: RequestedWrite['kind'], parts: SnapshotParts, differs: Partial<RequestedWrite> = {}) => {
    const outcome = admitted(parts, write(kind, differs));
    return outcome.allowed ? undefined : outcome.explanation?.action;
  };

  it('the explanation is about a deletion, a change, or the reading of content', () => {
    const locked = { owned: [{ lockedBy: 'b' }] };
    expect(action('delete', locked)).toBe('delete');
    expect(action('rename', locked)).toBe('delete');
    expect(action('patch', locked)).toBe('update');
    expect(action('copy', secretToB)).toBe('read');
  });

  it('a missing resource has no explanation, one that exists has that of its rule', () => {
    expect(admitted({}, write('patch'), a, false)).not.toHaveProperty('explanation');
    expect(admitted({ owned: [{ createdBy: 'b' }] }, write('patch'), segmented)).toMatchObject({
      explanation: { rule: 'hidden', id: 'r1' },
      organization: 'org-a',
    });
  });
});

describe('a write of what the caller must not know of', () => {
  const unknowable = (parts: SnapshotParts, kind: RequestedWrite['kind'], caller = segmented) =>
    checkUnknowable(caller, snapshotOf(parts), { id: 'r1', write: write(kind) });

  it('a hidden resource is refused as missing before anything is asked, with the explanation that it is hidden', () => {
    const hidden = { owned: [{ createdBy: 'b' }] };
    for (const kind of ['replace', 'patch', 'delete', 'rename', 'copy'] as const) {
      expect(unknowable(hidden, kind)).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'hidden' });
      expect(unknowable(hidden, kind)?.explanation).toMatchObject({ rule: 'hidden', id: 'r1' });
    }
    expect(unknowable({}, 'patch')).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'missing' });
    expect(unknowable({}, 'patch')).not.toHaveProperty('explanation');
  });

  it('nothing is refused beforehand if the write may create the resource, or the caller may know of it', () => {
    const hidden = { owned: [{ createdBy: 'b' }] };
    expect(unknowable(hidden, 'create')).toBeUndefined();
    expect(unknowable(hidden, 'upsert')).toBeUndefined();
    expect(unknowable(hidden, 'patch', a)).toBeUndefined();
    expect(unknowable({ owned: [{ createdBy: 'a' }] }, 'patch')).toBeUndefined();
  });

  it('a write in progress makes a resource knowable if its end would', () => {
    const made = { createdBy: 'a' };
    expect(unknowable({ owned: [{ createdBy: 'b' }], intents: [made] }, 'patch')).toBeUndefined();
    expect(unknowable({ owned: [made], intents: [{ createdBy: 'b' }] }, 'patch')).toBeUndefined();
    expect(unknowable({ owned: [{ createdBy: 'b' }], intents: [{ ...made, id: 'r2' }] }, 'patch')).toBeDefined();
    expect(unknowable({ intents: [{ ...made, id: '?token', operation: 'create' }] }, 'patch')).toBeDefined();
  });

  it('a resource that another organization is creating is unknowable to a caller that adopted what has no owner', () => {
    const adopted = { tenancy: 'shared', state: { adoptedBy: 'org-a' } } as const;
    const creating = (operation: 'create' | 'update') => ({
      ...adopted,
      intents: [{ organization: 'org-b', operation }],
    });
    expect(unknowable(creating('create'), 'patch', a)).toBeDefined();
    expect(unknowable(creating('update'), 'patch', a)).toBeUndefined();
    expect(unknowable({ ...adopted, intents: [{ operation: 'create' }] }, 'patch', a)).toBeUndefined();
    expect(unknowable({ ...creating('create'), owned: [{}] }, 'patch', a)).toBeUndefined();
    const both = [...creating('create').intents, ...creating('update').intents];
    expect(unknowable({ ...adopted, intents: both }, 'patch', a)).toBeDefined();
  });

  it('a write to what does not exist is refused unless it creates', () => {
    const absent = (kind: RequestedWrite['kind']) => checkAbsent(a, { id: 'r1', write: write(kind) })?.code;
    expect(KINDS.filter((kind) => absent(kind) === undefined)).toEqual(['create', 'upsert']);
    expect(absent('copy')).toBe('ERR_NOT_FOUND');
  });
});
