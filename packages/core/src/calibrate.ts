export { checkHashSetting, DEFAULT_HASH_SETTING, type HashSetting, hashSecret } from './principal/key/hash/hash.js';
export { createHasher, type Hasher, type HasherOptions } from './principal/key/hash/hasher.js';
export type { HashScheme } from './principal/key/hash/stored-hash.js';
