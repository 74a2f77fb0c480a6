/** The two keys of a database: one for finding API keys, one for sealing values that must be readable again. */
export interface KeyMaterial {
  /** Returns the look-up tag of an API key: HMAC-SHA-256 of the whole text, cut to 128 bits, in base64url. */
  tag(text: string): string;
  /** Seals a value under the at-rest key. `context` identifies the value, for example `signing-key:<kid>`. */
  seal(plaintext: Uint8Array | string, context: string): string;
  /** Opens a value that was sealed with the same context. @throws Error if the value was changed */
  open(sealed: string, context: string): Buffer;
}
