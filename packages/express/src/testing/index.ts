export { unguardedRoutes } from '../route-coverage/unguarded-routes.js';
export {
  type TestGate,
  type TestGateOptions,
  type TestKey,
  type TestKeyOptions,
  type TestUserKeyOptions,
  type TestUserOptions,
  testGate,
} from './test-gate.js';
