import { createResourceRules } from '@flairgate/core/resources';

/** Rules of records: `secret` withholds `data`, and the etag with it. */
export const hiveRules = createResourceRules({
  type: 'record',
  columns: { id: 'name' },
  content: ['data'],
  validators: ['etag'],
});
