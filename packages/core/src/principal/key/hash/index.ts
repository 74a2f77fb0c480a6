export { checkHashSetting, DEFAULT_HASH_SETTING, type HashSetting, hashSecret } from './hash.js';
export { createHasher, type Hasher, type HasherOptions } from './hasher.js';
export type { HashScheme } from './stored-hash.js';
