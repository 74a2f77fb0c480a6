import { OptionError } from '../../denial/errors.js';
import { type Catalogue, createCatalogue } from '../../permission/catalogue.js';
import type { RowStore } from '../../store/store.js';
import { UniqueError } from '../../store/transaction.js';

/** What every process on a database must agree on. */
export type SettingName = 'issuer' | 'audience' | 'catalogue';

/**
 * Gives the value all processes on this database use; the first process writes it.
 *
 * `explicit` is what the operator asked for, `fallback` what is written where nothing was asked for. Of processes that
 * start at once one writes, and the others take its value.
 *
 * @throws OptionError naming both values when `explicit` differs from the kept one.
 */
export async function settle(
  store: RowStore,
  name: SettingName,
  explicit: string | undefined,
  fallback: string,
): Promise<string> {
  const kept = (await readSetting(store, name)) ?? (await writeSetting(store, name, explicit ?? fallback));
  if (explicit === undefined || explicit === kept) return kept;
  throw new OptionError(`${name}: the database keeps \`${kept}\`, not \`${explicit}\`; start with the one it keeps`);
}

/**
 * Gives the catalogue all processes on this database use; the first process writes it.
 *
 * @throws OptionError naming both digests when `explicit` differs from the kept one.
 */
export async function readOrClaimCatalogue(
  store: RowStore,
  explicit: Catalogue | undefined,
  fallback: Catalogue,
): Promise<Catalogue> {
  const wanted = explicit ?? fallback;
  // The list first: whoever reads the digest must find it.
  if ((await readSetting(store, 'catalogue')) === undefined) await storeCatalogue(store, wanted);
  const digest = await settle(store, 'catalogue', explicit?.digest, wanted.digest);
  if (digest === wanted.digest) return wanted;
  const row = await store.read((tx) => tx.get('catalogue', { digest }));
  if (row === undefined) throw new OptionError(`catalogue: the database keeps ${digest}, but not its list`);
  return createCatalogue(row.entries);
}

async function readSetting(store: RowStore, name: SettingName): Promise<string | undefined> {
  const row = await store.read((tx) => tx.get('setting', { name }));
  return row?.value;
}

async function writeSetting(store: RowStore, name: SettingName, value: string): Promise<string> {
  await insertUnlessThere(() => store.write((tx) => tx.insert('setting', { name, value })));
  return (await readSetting(store, name)) ?? value;
}

/** Lists are named by their digest, so whoever comes second would write the same row. */
async function storeCatalogue(store: RowStore, { digest, entries }: Catalogue): Promise<void> {
  await insertUnlessThere(() => store.write((tx) => tx.insert('catalogue', { digest, entries })));
}

async function insertUnlessThere(insert: () => Promise<void>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (!(error instanceof UniqueError)) throw error;
  }
}
