import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { OptionError } from '../../../denial/errors.js';
import type { KeyMaterial } from '../../../store/keyring.js';
import type { MaterialRow } from '../../../store/rows.js';
import type { RowStore } from '../../../store/store.js';
import type { ReadTransaction, WriteTransaction } from '../../../store/transaction.js';
import { deriveMasterKey, type MasterKey } from './master-key.js';
import type { RandomBytes } from './random.js';
import { seal, unseal } from './seal.js';

type MaterialName = MaterialRow['name'];
type MaterialKeys = Readonly<Record<MaterialName, KeyObject>>;

const KEY_NAMES: readonly MaterialName[] = ['lookup', 'rest'];
const TAG_BYTES = 16;

/**
 * Setting with the check value of the newest master key. A check value identifies a master key without revealing it.
 * Each rotation of the master key writes this setting.
 */
const NEWEST = { name: 'master-key' } as const;

/**
 * Opens the key material of a database: one key that computes lookup tags (index values under which secrets are
 * stored), and one key that encrypts stored values. The first process creates both keys from 64 random bytes.
 *
 * Any number of processes may call this function at the same time. The lock on the revision row ensures that only one
 * process creates the keys.
 *
 * @throws OptionError if the key material is sealed (encrypted) under a master key other than `masterKey`.
 */
export async function openMaterial(
  store: RowStore,
  masterKey: Uint8Array,
  random: RandomBytes = randomBytes,
): Promise<KeyMaterial> {
  const master = deriveMasterKey(masterKey);
  const found = await store.read((tx) => findKeys(tx, master));
  return createMaterial(found ?? (await store.write((tx) => findOrMake(tx, master, random))), random);
}

/**
 * Encrypts ("seals") the key material under a second master key. From then on, either master key opens the key
 * material. Repeating the call changes nothing.
 *
 * @throws OptionError if the old master key does not open the key material, or if both master keys are the same.
 * @example
 * await rewrapMaterial(store, parseMasterKey(oldText), parseMasterKey(newText));
 */
export async function rewrapMaterial(
  store: RowStore,
  oldKey: Uint8Array,
  newKey: Uint8Array,
  random: RandomBytes = randomBytes,
): Promise<void> {
  const from = deriveMasterKey(oldKey);
  const to = deriveMasterKey(newKey);
  if (from.wrapping === to.wrapping) throw new OptionError('masterKey: must differ from the old one');
  await store.write(async (tx) => {
    await tx.lockRevision();
    const keys = await findKeys(tx, from);
    if (keys === undefined) throw wrongMasterKey();
    if ((await findKeys(tx, to)) === undefined) await insertKeys(tx, to, keys, random);
    await noteNewest(tx, to);
  });
}

/**
 * Removes the copies of the key material that are sealed (encrypted) under master keys other than `newKey`. The key
 * material itself does not change.
 *
 * @throws OptionError if no copy is sealed under `newKey` yet. Also if `newKey` is not the newest master key, because
 *   this call would then remove the copy that is sealed under the newest master key.
 * @example
 * await finishRewrap(store, parseMasterKey(newText));
 */
export async function finishRewrap(store: RowStore, newKey: Uint8Array): Promise<void> {
  const master = deriveMasterKey(newKey);
  await store.write(async (tx) => {
    await tx.lockRevision();
    if ((await findKeys(tx, master)) === undefined) throw wrongMasterKey();
    const newest = await tx.get('setting', NEWEST);
    if (newest !== undefined && newest.value !== master.wrapping) throw notTheNewest();
    for (const { wrapping } of await tx.find('material', { name: 'lookup' })) {
      if (wrapping !== master.wrapping) await tx.remove('material', { wrapping });
    }
  });
}

async function noteNewest(tx: WriteTransaction, { wrapping: value }: MasterKey): Promise<void> {
  if ((await tx.get('setting', NEWEST)) === undefined) await tx.insert('setting', { ...NEWEST, value });
  else await tx.update('setting', NEWEST, { value });
}

function createMaterial({ lookup, rest }: MaterialKeys, random: RandomBytes): KeyMaterial {
  return Object.freeze({
    // A digest as a binary string is twice as fast to compute as a digest in a buffer.
    tag: (text: string) => {
      const mac = createHmac('sha256', lookup).update(text, 'utf8').digest('binary');
      return Buffer.from(mac.slice(0, TAG_BYTES), 'latin1').toString('base64url');
    },
    seal: (plaintext: Uint8Array | string, context: string) => seal(rest, plaintext, context, random),
    open: (sealed: string, context: string) => unseal(rest, sealed, context),
  });
}

async function findOrMake(tx: WriteTransaction, master: MasterKey, random: RandomBytes): Promise<MaterialKeys> {
  await tx.lockRevision();
  const found = await findKeys(tx, master);
  if (found !== undefined) return found;
  const others = await tx.find('material', { name: 'lookup' }, { limit: 1 });
  if (others.length > 0) throw wrongMasterKey();
  const made = { lookup: createSecretKey(random32(random)), rest: createSecretKey(random32(random)) };
  await insertKeys(tx, master, made, random);
  return made;
}

function random32(random: RandomBytes): Uint8Array {
  const bytes = random(32);
  if (bytes.byteLength !== 32) throw new Error('the source of randomness gives no usable bytes');
  return bytes;
}

/** Decrypts and returns the keys that are sealed under this master key, or returns undefined if there are none. */
async function findKeys(tx: ReadTransaction, master: MasterKey): Promise<MaterialKeys | undefined> {
  const { wrapping } = master;
  const lookup = await tx.get('material', { name: 'lookup', wrapping });
  const rest = await tx.get('material', { name: 'rest', wrapping });
  if (lookup === undefined || rest === undefined) return undefined;
  return { lookup: unsealKey(lookup, master), rest: unsealKey(rest, master) };
}

function unsealKey(row: MaterialRow, { key }: MasterKey): KeyObject {
  return createSecretKey(unseal(key, row.sealed, keySealContext(row.name)));
}

async function insertKeys(
  tx: WriteTransaction,
  master: MasterKey,
  keys: MaterialKeys,
  random: RandomBytes,
): Promise<void> {
  for (const name of KEY_NAMES) {
    const sealed = seal(master.key, keys[name].export(), keySealContext(name), random);
    await tx.insert('material', { name, wrapping: master.wrapping, sealed });
  }
}

function keySealContext(name: MaterialName): string {
  return `material:${name}`;
}

function notTheNewest(): OptionError {
  return new OptionError('masterKey: must be the key of the last rotation; this one is older');
}

function wrongMasterKey(): OptionError {
  return new OptionError(
    'masterKey: must be the one that this database was created with, because every key depends on it',
  );
}
