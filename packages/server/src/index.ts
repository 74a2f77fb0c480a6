// the service

// exports of core that a program needs, so that it need not install core itself
export { createCatalogue, DeniedError, OptionError } from '@flairgate/core';
export { openAdministration } from '@flairgate/core/administration';
export { createService, type Service } from './create-service.js';
// parts for further routes in LimaCharlie's format
export { actorOf } from './management/actor.js';
export { keyEntry } from './management/keys/key-entry.js';
// the route table
export {
  type Call,
  defineRoute,
  type Method,
  type Needs,
  type PublicDocument,
  type Route,
  type RouteOptions,
} from './route/define-route.js';
export { type MountOptions, mountRoutes } from './route/mount-routes.js';
export { schema } from './route/schema.js';
export { streamedAnswer } from './route/streamed-answer.js';
export { serviceApp } from './serve/service-app.js';
export type { ServiceContext } from './service-context.js';
export type { ServiceOptions } from './service-options.js';
