import { defaultCatalogue } from '@flairgate/core';
import { describeKey } from '@flairgate/core/administration';
import { describe, expect, it } from 'vitest';

describe('describeKey', () => {
  it('describeKey shows a key in unix seconds, and nothing that helps to use it', () => {
    const key = {
      keyId: 'a',
      identity: 'identity',
      kind: 'organization',
      oid: 'o',
      uid: null,
      name: 'vendor[lock]',
      flairs: ['lock'],
      permissions: ['fp.*', 'dr.list'],
      ranges: ['192.0.2.0/24', '198.51.100.0/24'],
      description: null,
      createdBy: null,
      createdByName: 'command line',
      createdAt: 1_700_000_000_999,
      expiresAt: 1_800_000_000_000,
      disabledAt: null,
      revokedAt: null,
      masked: null,
      sealed: 'sealed',
      policy: null,
      honeytoken: true,
    } as const;
    const secrets = [{ createdAt: 1_700_000_000_999, lastUsedAt: 1_700_000_001_000, endsAt: null }];
    expect(describeKey({ key, secrets }, defaultCatalogue)).toEqual({
      name: 'vendor[lock]',
      priv: ['dr.list', 'fp.ctrl'],
      grants: ['fp.*', 'dr.list'],
      by: 'command line',
      oid: 'o',
      flairs: ['lock'],
      created: 1_700_000_000,
      expires: 1_800_000_000,
      disabled: false,
      description: null,
      allowed_ip_range: '192.0.2.0/24,198.51.100.0/24',
      last_used: 1_700_000_001,
      secrets: [{ created: 1_700_000_000, last_used: 1_700_000_001, ends: null }],
      etag: expect.stringMatching(/^[\w-]{22}$/),
    });
  });
});
