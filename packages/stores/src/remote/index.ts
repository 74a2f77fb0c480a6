export type { RemoteStore } from '@flairgate/core';
export { type RemoteStoreOptions, remoteStore } from './remote-store.js';
