export { type Catalogue, createCatalogue } from './catalogue.js';
export { defaultCatalogue, limaCharlieCatalogue, limeCatalogue } from './catalogues/built-in.js';
export { type GrantKind, grantKind } from './grammar.js';
export { parseGrants, validateGrants } from './grants.js';
export { permissionPresets } from './presets.js';
export {
  compileRequirement,
  type Judgement,
  judge,
  type Requirement,
  type RequirementMode,
} from './requirement.js';
