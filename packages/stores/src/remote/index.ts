export type { RemoteStore } from '@flairgate/core/store';
export { type RemoteStoreOptions, remoteStore } from './remote-store.js';
