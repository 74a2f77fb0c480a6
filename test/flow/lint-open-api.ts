import { createConfig, lintFromString } from '@redocly/openapi-core';

/** Returns the problems that the linter finds in a document by its recommended rules. */
export async function lintOpenApi(source: string): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, location: [at], message }) => `${ruleId} at ${at?.pointer}: ${message}`);
}
