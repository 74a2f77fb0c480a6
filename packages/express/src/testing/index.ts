export { unguardedRoutes } from '../guarded/unguarded-routes.js';
export {
  type TestGate,
  type TestGateOptions,
  type TestKey,
  type TestKeyOptions,
  type TestUserKeyOptions,
  type TestUserOptions,
  testGate,
} from './test-gate.js';
