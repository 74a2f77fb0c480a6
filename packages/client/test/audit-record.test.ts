import { AUDIT_COLUMNS, type AuditEntry, auditToRecord } from '@flairgate/client';
import { describe, expect, it } from 'vitest';

const entry: AuditEntry = {
  id: '019a0000-0000-7000-8000-000000000001',
  time: 1_796_000_000,
  ident: 'ann@acme.example',
  actor: 'user-1',
  action: 'key.create',
  target: 'key-1',
  address: null,
  outcome: 'done',
  details: { permissions: ['dr.get'] },
};

describe('auditToRecord', () => {
  it('an audit record has the columns of a table in their order, with the time in ISO 8601 and the details as JSON', () => {
    const record = auditToRecord(entry);
    expect(Object.keys(record)).toEqual([...AUDIT_COLUMNS]);
    expect(record).toMatchObject({
      time: '2026-11-30T00:53:20.000Z',
      address: null,
      target_name: '',
      details: '{"permissions":["dr.get"]}',
    });
  });

  it.each([
    [{ 'key-1': 'reader' }, 'reader'],
    [{ 'key-2': 'other' }, ''],
  ])('an audit record names the target by the names of its entry: %j gives "%s"', (names, expected) => {
    expect(auditToRecord({ ...entry, names }).target_name).toBe(expected);
  });

  it('an audit record does not take the name of a target from a prototype', () => {
    expect(auditToRecord({ ...entry, target: 'constructor', names: {} }).target_name).toBe('');
  });
});
