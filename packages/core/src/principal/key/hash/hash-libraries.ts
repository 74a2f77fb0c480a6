import { UnavailableError } from '../../../denial/errors.js';

/**
 * Libraries that verify imported hashes. Both libraries are optional peer dependencies. They are needed only if bcrypt
 * or argon2 hashes were imported.
 */
export type HashLibrary = '@node-rs/bcrypt' | '@node-rs/argon2';

/** The functions of the bcrypt library that Flairgate uses. */
export interface Bcrypt {
  verify(text: string, hash: string): Promise<boolean>;
}

/** The functions of the argon2 library that Flairgate uses. */
export interface Argon2 {
  verify(hash: string, text: string): Promise<boolean>;
}

/** Loads bcrypt. Rejects with `UnavailableError` if it is not installed. */
export function loadBcrypt(): Promise<Bcrypt> {
  return load('@node-rs/bcrypt', () => import('@node-rs/bcrypt'));
}

/** Loads argon2. Rejects with `UnavailableError` if it is not installed. */
export function loadArgon2(): Promise<Argon2> {
  return load('@node-rs/argon2', () => import('@node-rs/argon2'));
}

/** Loads the libraries with these names. Rejects with `UnavailableError` if any of them is not installed. */
export async function loadHashLibraries(names: readonly string[]): Promise<void> {
  if (names.includes('@node-rs/bcrypt')) await loadBcrypt();
  if (names.includes('@node-rs/argon2')) await loadArgon2();
}

async function load<T>(name: HashLibrary, importIt: () => Promise<T>): Promise<T> {
  try {
    return await importIt();
  } catch (cause) {
    throw new UnavailableError('store', new Error(`${name} is not installed; run npm install ${name}`, { cause }));
  }
}
