/** Thrown where a Flairgate refused, failed, or could not be asked. Its message holds no credential. */
export class FlairgateClientError extends Error {
  override readonly name = 'FlairgateClientError';
  /** HTTP status of the answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(message: string, { status, cause }: { readonly status: number | undefined; readonly cause?: unknown }) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
  }
}
