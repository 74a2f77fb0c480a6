import type { KeyFormat } from '@flairgate/core';
import type { Configuration } from '../configuration/configuration.js';

/** Options of the command line. They take precedence over the environment and the configuration file. */
export interface RunOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Separate port that serves only `/metrics`. */
  readonly metricsPort?: number | undefined;
  readonly database?: string | undefined;
  readonly config?: string | undefined;
  /** Format of new keys. */
  readonly keyFormat?: KeyFormat | undefined;
  /** True if the database is behind a connection pooler. */
  readonly pooler?: boolean | undefined;
  /**
   * Default service options, used if neither the command line, the environment nor the configuration file sets them.
   */
  readonly defaults?: Configuration['service'];
  /** True to print one JSON object instead of lines for people. */
  readonly json?: boolean | undefined;
}
