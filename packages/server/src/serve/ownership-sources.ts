import type { FindOwnership, ListOwnership } from '@flairgate/core/administration';

/** Functions that read ownership from the host's own tables. */
export interface OwnershipSources {
  readonly find: FindOwnership;
  readonly list: ListOwnership;
  register(find: FindOwnership, list?: ListOwnership): void;
}

/**
 * Creates an empty collection of ownership sources. `find` and `list` ask the sources in the order of their
 * registration. The first source that knows the resource, or has resources of the type, gives the result.
 */
export function createOwnershipSources(): OwnershipSources {
  const finders: FindOwnership[] = [];
  const lists: ListOwnership[] = [];
  return {
    async find(oid, type, id) {
      for (const find of finders) {
        const ownership = await find(oid, type, id);
        if (ownership !== undefined) return ownership;
      }
      return undefined;
    },
    async list(oid, type, page) {
      for (const list of lists) {
        const listed = await list(oid, type, page);
        if (listed.length > 0) return listed;
      }
      return [];
    },
    register(find, list) {
      finders.push(find);
      if (list !== undefined) lists.push(list);
    },
  };
}
