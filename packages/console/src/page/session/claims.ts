import { parseTokenPart } from './read-token.ts';

/** Token claims for one organization, used only for display. The service itself verifies the token. */
export interface Claims {
  readonly flairs: readonly string[];
  readonly keyHash: string | undefined;
}

/**
 * Reads the flairs and the key id from a token that is valid for one organization. For any other text, the result has
 * no flairs and no key id.
 */
export function readClaims(token: string): Claims {
  const claims = parseTokenPart(token.split('.')[1] ?? '') ?? {};
  const { kid } = claims;
  return {
    flairs: textsIn(claims.flairs ?? Object(Object(Object(claims.cmp).sets)[0]).flairs),
    keyHash: typeof kid === 'string' ? kid : undefined,
  };
}

/** Returns the strings in a list. Returns an empty list if the value is not a list. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
