/**
 * The two cryptographic keys of a database: one to compute lookup tags of API keys, and one to encrypt (seal) values
 * that must be readable again.
 */
export interface KeyMaterial {
  /** Returns the lookup tag of an API key: the HMAC-SHA-256 of its whole text, truncated to 128 bits, in base64url. */
  tag(text: string): string;
  /** Encrypts a value with the at-rest key. `context` identifies the value, for example `signing-key:<kid>`. */
  seal(plaintext: Uint8Array | string, context: string): string;
  /** Decrypts a value. @throws Error if the value was modified, or was sealed with a different context */
  open(sealed: string, context: string): Buffer;
}
