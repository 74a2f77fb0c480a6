import { createResourceRules } from '@flairgate/core/resources';

/** Who may know, read and write records: `data` is what `secret` withholds, and the etag with it. */
export const hiveRules = createResourceRules({
  type: 'record',
  columns: { id: 'name' },
  content: ['data'],
  validators: ['etag'],
});
