// openapi-typescript builds its output with the compiler's JavaScript API, which TypeScript 7 does not have. As a peer it
// would get the compiler of the workspace.

// @ts-check

/** @param {{ name?: string; dependencies: Record<string, string>; peerDependencies: Record<string, string> }} manifest */
function readPackage(manifest) {
  if (manifest.name !== 'openapi-typescript') return manifest;
  const { typescript: _workspace, ...peerDependencies } = manifest.peerDependencies;
  return { ...manifest, peerDependencies, dependencies: { ...manifest.dependencies, typescript: '^5.9.3' } };
}

module.exports = { hooks: { readPackage } };
