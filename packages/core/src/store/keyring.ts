/** The two keys of a database: one finds API keys, the other seals what must be readable again. */
export interface KeyMaterial {
  /** Tag an API key is found by: HMAC-SHA-256 of the whole text, 128 bits, base64url. */
  tag(text: string): string;
  /** Seals under the at-rest key. `context` says what it is, such as `signing-key:<kid>`. */
  seal(plaintext: Uint8Array | string, context: string): string;
  /** Opens what was sealed with the same context. @throws Error when it was changed. */
  open(sealed: string, context: string): Buffer;
}
