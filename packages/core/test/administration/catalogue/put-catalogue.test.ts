import { createCatalogue } from '@flairgate/core';
import { putCatalogue, readAudit, readOrClaimCatalogue } from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture } from '../fixture.js';
import { makeOrganization, makePerson } from '../people.js';

const first = createCatalogue(['invoice.list', 'invoice.pay']);
const more = createCatalogue(['invoice.list', 'invoice.pay', 'invoice.void']);
const fewer = createCatalogue(['invoice.list']);
const marked = createCatalogue(['invoice.list', { name: 'invoice.pay', privileged: true }]);

let setting: AdministrationFixture;
beforeEach(async () => {
  setting = await openAdministrationFixture();
  must(await putCatalogue(setting.context, OPERATOR, { catalogue: first }));
});

const kept = () => readOrClaimCatalogue(setting.store, undefined, fewer);
const revision = async () => (await setting.store.read((tx) => tx.get('revision', { id: 1 })))?.n;

describe('putCatalogue', () => {
  it('putCatalogue adds permissions, says which, ends no token, and is audited', async () => {
    const before = await revision();
    const stored = must(await putCatalogue(setting.context, OPERATOR, { catalogue: more }));
    expect(stored).toEqual({ digest: more.digest, added: ['invoice.void'], removed: [], madePrivileged: [] });
    expect((await kept()).digest).toBe(more.digest);
    expect(await revision()).toBe(before);
    const { entries } = must(await readAudit(setting.context, OPERATOR, { oid: null }));
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'catalogue.put', target: more.digest, actorName: 'operator' }),
    );
  });

  it.each([
    ['removes a permission', fewer],
    ['makes one privileged', marked],
  ])('putCatalogue %s only if that is confirmed, and then ends every token', async (_, catalogue) => {
    const refused = await putCatalogue(setting.context, OPERATOR, { catalogue });
    expect(refused).toMatchObject({ allowed: false, code: 'ERR_VALIDATION' });
    expect(refused).toHaveProperty('detail', expect.stringContaining('invoice.pay'));
    expect((await kept()).entries).toEqual(first.entries);
    must(await putCatalogue(setting.context, OPERATOR, { catalogue, allowNarrowing: true }));
    expect((await kept()).entries).toEqual(catalogue.entries);
    const changes = await setting.store.read((tx) => tx.find('change', {}));
    expect(changes.at(-1)).toMatchObject({ scope: 'all' });
  });

  it('putCatalogue keeps the lists of before, which compact tokens name', async () => {
    must(await putCatalogue(setting.context, OPERATOR, { catalogue: more }));
    const row = await setting.store.read((tx) => tx.get('catalogue', { digest: first.digest }));
    expect(row?.entries).toEqual(first.entries);
  });

  it('putCatalogue is refused to every caller but the operator', async () => {
    const oid = await makeOrganization(setting);
    const owner = await makePerson(setting, 'owner', oid, 'owner');
    const refused = await putCatalogue(setting.context, await owner.actor(), { catalogue: more });
    expect(refused).toMatchObject({ allowed: false, code: 'ERR_ESCALATION' });
    expect((await kept()).digest).toBe(first.digest);
  });
});

describe('readOrClaimCatalogue', () => {
  it('readOrClaimCatalogue refuses a list whose marks differ from those that are stored', async () => {
    await expect(readOrClaimCatalogue(setting.store, marked, marked)).rejects.toThrow(
      /invoice\.pay must not be privileged/,
    );
  });
});
