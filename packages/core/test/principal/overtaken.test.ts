import { allow, createAuthenticator, isDenial } from '@flairgate/core';
import { createOrganization, revokeKey } from '@flairgate/core/administration';
import { securityWrite } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../administration/fixture.js';

const apiKey = (text: string) => ({ kind: 'api-key', text }) as const;

let setting: AdministrationFixture;
let oid: string;
let text: string;
let keyId: string;
let authenticator: ReturnType<typeof createAuthenticator>;
/** Step that runs between a read of the store and its answer. */
let afterRead: () => Promise<void>;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
  ({ text, keyId } = await organizationKey(setting, oid, 'vendor', ['dr.list']));
  afterRead = async () => undefined;
  const read: Store['read'] = async (work) => {
    const value = await setting.store.read(work);
    if (isKey(value)) await afterRead();
    return value;
  };
  authenticator = createAuthenticator({ store: { ...setting.store, read }, clock: setting.clock });
});
afterEach(() => authenticator.close());

/** Not of a sync, which reads the revision alone. */
const isKey = (value: unknown) => typeof value === 'object' && value !== null && 'allowed' in value;

/** A change of the organization that this process knows of before the read is answered. */
async function changeOrganization(): Promise<void> {
  await securityWrite(setting.store, setting.clock.wall(), async (tx) => allow(tx.touch('org', oid)));
  await authenticator.revision.sync();
}

describe('a key whose organization changes during every read', () => {
  it('a key whose organization changes during every read is let in, as of what was read, each time', async () => {
    let reads = 0;
    afterRead = async () => {
      reads += 1;
      await changeOrganization();
    };
    for (let times = 1; times <= 5; times++) {
      const found = await authenticator.authenticate(apiKey(text), undefined);
      expect(isDenial(found)).toBe(false);
      expect(reads).toBe(3 * times);
    }
  });

  it('a key whose organization changes during every read is not cached as it was read', async () => {
    afterRead = changeOrganization;
    await authenticator.authenticate(apiKey(text), undefined);
    expect(authenticator.getCached(apiKey(text), undefined)).toBeUndefined();
  });

  it('a key whose organization changes during every read is refused after its revocation, though an earlier read is under way', async () => {
    const started = new Promise<() => void>((started) => {
      let reads = 0;
      afterRead = () => {
        reads += 1;
        return reads === 3 ? new Promise<void>((go) => started(go)) : changeOrganization();
      };
    });
    const before = authenticator.authenticate(apiKey(text), undefined);
    const answer = await started;
    afterRead = async () => undefined;
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId }));
    await authenticator.revision.sync();
    const after = authenticator.authenticate(apiKey(text), undefined);
    answer();
    expect(isDenial(await before)).toBe(false);
    expect(await after).toMatchObject({ code: 'ERR_KEY_INVALID', reason: 'key revoked' });
  });
});
