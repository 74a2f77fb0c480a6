import type { CatalogueEntry, ObjectAction } from '../../store/rows.js';

/**
 * Object types in the catalogue. New types are added at the end, because each permission's bit depends on its position.
 */
const TYPES = ['company', 'person', 'deal', 'todo', 'history', 'document', 'campaign'] as const;

const ACTION_VERBS: Readonly<Record<ObjectAction, string>> = {
  read: 'see',
  write: 'change',
  add: 'add',
  delete: 'delete',
};

/** Lime's permissions: to read, write, add and delete objects of each type. */
export const limeEntries: readonly CatalogueEntry[] = Object.freeze(
  TYPES.flatMap((type) =>
    Object.entries(ACTION_VERBS).map(([action, verb]) => ({
      name: `${type}.${action}`,
      description: `${verb} objects of type ${type}`,
      privileged: false,
    })),
  ),
);
