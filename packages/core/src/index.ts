export * from './administration/index.js';
export * from './answer/index.js';
export { type Authenticator, isDenial } from './authenticator.js';
export * from './credential/index.js';
export * from './permission/index.js';
export * from './principal/index.js';
export * from './revision/index.js';
export * from './store/index.js';
export * from './visibility/index.js';
