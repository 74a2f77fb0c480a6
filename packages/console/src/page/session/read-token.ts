/** The decoded parts of a token. The signature has not been checked. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Decodes a JWT. Returns undefined if the text is not a JWT. The signature is not checked, and the token is not sent
 * anywhere.
 */
export function readToken(text: string): TokenParts | undefined {
  const [header, claims, signature, ...rest] = text.trim().split('.');
  if (signature === undefined || rest.length > 0) return undefined;
  const parts = [parseTokenPart(header ?? ''), parseTokenPart(claims ?? '')] as const;
  return parts[0] === undefined || parts[1] === undefined ? undefined : { header: parts[0], claims: parts[1] };
}

/** Decodes one part of a JWT. Returns undefined if the part is not a JSON object. */
export function parseTokenPart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(decodeBase64Url(text)));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** Decodes base64url. @throws DOMException for other characters */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
}
