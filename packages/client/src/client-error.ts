/** One fault of a request: the field, and what it must be. */
export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/** Details of a failure in addition to its message. */
export interface FlairgateClientErrorDetails {
  /** HTTP status of the answer; undefined if there was no answer. */
  readonly status: number | undefined;
  /** Code of the refusal: `ERR_PERMISSION_MISSING`. */
  readonly code?: string | undefined;
  /** Permissions the caller lacks. */
  readonly missing?: readonly string[] | undefined;
  /** Seconds after which the call can be tried again. */
  readonly retryAfterSeconds?: number | undefined;
  readonly issues?: readonly FieldIssue[] | undefined;
  /** Public id of the key that the first request with the same idempotency key created. */
  readonly keyHash?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Error for a call that the service refused, that failed, or that did not reach the service. Its message contains no credential.
 *
 * @example
 * try {
 *   await client.organizationKeys.list(oid);
 * } catch (error) {
 *   if (error instanceof FlairgateClientError && error.code === 'ERR_PERMISSION_MISSING') console.log(error.missing);
 *   else throw error;
 * }
 */
export class FlairgateClientError extends Error {
  override readonly name = 'FlairgateClientError';
  /** HTTP status of the answer; undefined if there was no answer. */
  readonly status: number | undefined;
  /** Code of the refusal, listed in docs/refusals.md; undefined if the answer was not a problem document. */
  readonly code: string | undefined;
  /** Permissions the caller lacks, in the order the route requires them; empty for every other refusal. */
  readonly missing: readonly string[];
  /** Seconds after which the call can be tried again, if the service sent them. */
  readonly retryAfterSeconds: number | undefined;
  /** Faults of the fields; empty except for `ERR_VALIDATION`. */
  readonly issues: readonly FieldIssue[];
  /** For `ERR_REPLAYED`: public id of the key that the first request created. Its secret is never shown again. */
  readonly keyHash: string | undefined;

  constructor(message: string, details: FlairgateClientErrorDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.status = details.status;
    this.code = details.code;
    this.missing = details.missing ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.issues = details.issues ?? [];
    this.keyHash = details.keyHash;
  }
}
