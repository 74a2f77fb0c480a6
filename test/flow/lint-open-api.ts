import { createConfig, lintFromString } from '@redocly/openapi-core';

/** What the linter says of a document, by all the rules it recommends. */
export async function lintOpenApi(source: string): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, location: [at], message }) => `${ruleId} at ${at?.pointer}: ${message}`);
}
