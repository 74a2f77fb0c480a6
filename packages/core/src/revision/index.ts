export { type Clock, systemClock } from './clock.js';
export type { RevisionEvent } from './events.js';
export type { Lineage } from './lineage.js';
export { keepChangesFor } from './prune.js';
export { createRevision, type Revision, type RevisionOptions } from './revision.js';
export { type Committed, type SecurityTransaction, securityWrite } from './security-write.js';
export type { RevisionSnapshot, RevisionSource } from './source.js';
