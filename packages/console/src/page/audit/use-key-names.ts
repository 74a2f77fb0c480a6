import { useKeys } from '../keys/use-keys.ts';

/** Returns key names in the organization by public id. Contains only keys that the caller may list. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const keys = useKeys();
  return new Map(Object.entries(keys.data ?? {}).map(([keyHash, { name }]) => [keyHash, name]));
}
