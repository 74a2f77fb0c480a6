/** Token claims for one organization, used only for display. The service itself verifies the token. */
export interface Claims {
  readonly flairs: readonly string[];
  readonly keyHash: string | undefined;
}

/** Reads the flairs and key id from a token for one organization. Returns none for a token in a different format. */
export function readClaims(token: string): Claims {
  const claims = parsePayload(token.split('.')[1] ?? '');
  const { kid } = claims;
  return {
    flairs: textsIn(claims.flairs ?? Object(Object(Object(claims.cmp).sets)[0]).flairs),
    keyHash: typeof kid === 'string' ? kid : undefined,
  };
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function parsePayload(text: string): Readonly<Record<string, unknown>> {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
