/** One invalid field of a request, with a message that describes a valid value. */
export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/** Details of a {@link FlairgateClientError} in addition to its message. */
export interface FlairgateClientErrorDetails {
  /** HTTP status of the response. Undefined if there was no response. */
  readonly status: number | undefined;
  /** Code of the refusal, such as `ERR_PERMISSION_MISSING`. */
  readonly code?: string | undefined;
  /** Permissions that the caller lacks. */
  readonly missing?: readonly string[] | undefined;
  /** Seconds after which the call may be retried. */
  readonly retryAfterSeconds?: number | undefined;
  readonly issues?: readonly FieldIssue[] | undefined;
  /** For `ERR_REPLAYED`: public id of the API key that the first request with the same idempotency key created. */
  readonly keyHash?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Error of a failed call: the service refused the call, could not process it, or could not be reached. The message
 * contains no credential.
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
  /** HTTP status of the response. Undefined if there was no response. */
  readonly status: number | undefined;
  /**
   * Code of the refusal, listed in docs/refusals.md. Undefined if the response was not a problem document (RFC 9457).
   */
  readonly code: string | undefined;
  /** Permissions that the caller lacks, in the order in which the route lists them. Empty for other failures. */
  readonly missing: readonly string[];
  /** Seconds after which the call may be retried. Undefined if the service did not send a value. */
  readonly retryAfterSeconds: number | undefined;
  /** Invalid fields of the request. Empty except for `ERR_VALIDATION`. */
  readonly issues: readonly FieldIssue[];
  /**
   * For `ERR_REPLAYED`: public id of the API key that the first request with the same idempotency key created. The
   * secret of the API key is never shown again.
   */
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
