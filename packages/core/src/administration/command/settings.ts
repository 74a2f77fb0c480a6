import { OptionError } from '../../denial/errors.js';
import { type Catalogue, createCatalogue } from '../../permission/catalogue.js';
import { assertKeptCatalogue } from '../../permission/kept-catalogue.js';
import type { CatalogueEntry } from '../../store/rows.js';
import type { RowStore, Store } from '../../store/store.js';
import { UniqueError } from '../../store/transaction.js';

/** Name of a setting that all processes on one database share. */
export type SettingName = 'issuer' | 'audience' | 'catalogue';

/**
 * Returns the value of a setting that all processes on this database use. If no value is stored yet, stores one.
 *
 * `explicit` is the configured value. `fallback` is stored if no value is configured. If several processes start at the
 * same time, one of them stores its value, and the others use that value.
 *
 * @throws OptionError with both values if `explicit` differs from the stored value
 * @example
 * const issuer = await readOrClaimSetting(store, 'issuer', process.env.FLAIRGATE_ISSUER, 'https://auth.example');
 */
export async function readOrClaimSetting(
  store: RowStore,
  name: SettingName,
  explicit: string | undefined,
  fallback: string,
): Promise<string> {
  const kept = (await readSetting(store, name)) ?? (await writeSetting(store, name, explicit ?? fallback));
  if (explicit === undefined || explicit === kept) return kept;
  throw new OptionError(`${name}: must be \`${kept}\`, the value stored in the database, not \`${explicit}\``);
}

/**
 * Returns the permission catalogue that all processes on this database use. If no catalogue is stored yet, stores
 * `explicit`, or `fallback` if `explicit` is undefined.
 *
 * @throws OptionError that describes the difference if `explicit` differs from the stored catalogue. If the digests
 * differ, the message contains both digests
 * @example
 * const catalogue = await readOrClaimCatalogue(store, undefined, defaultCatalogue);
 */
export async function readOrClaimCatalogue(
  store: RowStore & Pick<Store, 'keptCatalogue'>,
  explicit: Catalogue | undefined,
  fallback: Catalogue,
): Promise<Catalogue> {
  const wanted = explicit ?? fallback;
  // The list of permissions is stored before its digest, so that every process that reads the digest finds the list.
  if ((await readSetting(store, 'catalogue')) === undefined) await storeCatalogue(store, wanted);
  const digest = await readOrClaimSetting(store, 'catalogue', undefined, wanted.digest);
  const entries = await readEntries(store, digest);
  if (store.keptCatalogue !== undefined) store.keptCatalogue.entries = entries;
  if (explicit === undefined) return digest === wanted.digest ? wanted : createCatalogue(entries);
  assertKeptCatalogue(explicit, entries);
  return explicit;
}

async function readEntries(store: RowStore, digest: string): Promise<readonly CatalogueEntry[]> {
  const row = await store.read((tx) => tx.get('catalogue', { digest }));
  if (row === undefined) throw new OptionError(`catalogue: the database stores the digest ${digest}, but not its list`);
  return row.entries;
}

async function readSetting(store: RowStore, name: SettingName): Promise<string | undefined> {
  const row = await store.read((tx) => tx.get('setting', { name }));
  return row?.value;
}

async function writeSetting(store: RowStore, name: SettingName, value: string): Promise<string> {
  await insertUnlessThere(() => store.write((tx) => tx.insert('setting', { name, value })));
  return (await readSetting(store, name)) ?? value;
}

/** Stores a catalogue under its digest, unless another process has already stored the same row. */
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
