/** One thing that is wrong with a request: which field, and what to write instead. */
export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/** What is known of a failure beside its message. */
export interface FlairgateClientErrorDetails {
  /** HTTP status of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** Code of the refusal: `ERR_PERMISSION_MISSING`. */
  readonly code?: string | undefined;
  /** Permissions the caller lacks. */
  readonly missing?: readonly string[] | undefined;
  /** Seconds after which it may be tried again. */
  readonly retryAfterSeconds?: number | undefined;
  readonly issues?: readonly FieldIssue[] | undefined;
  /** Public id of the key that the first request with the same idempotency key made. */
  readonly keyHash?: string | undefined;
  readonly cause?: unknown;
}

/** Thrown where a Flairgate refused, failed, or could not be asked. Its message holds no credential. */
export class FlairgateClientError extends Error {
  override readonly name = 'FlairgateClientError';
  /** HTTP status of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** Code of the refusal, as docs/refusals.md has it; undefined where no problem document came. */
  readonly code: string | undefined;
  /** Permissions the caller lacks, in the order the route asks for them; empty for every other refusal. */
  readonly missing: readonly string[];
  /** Seconds after which it may be tried again, where the service said so. */
  readonly retryAfterSeconds: number | undefined;
  /** What is wrong with the fields; empty for everything but `ERR_VALIDATION`. */
  readonly issues: readonly FieldIssue[];
  /** For `ERR_REPLAYED`: public id of the key that the first request made. Its secret is never shown again. */
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
