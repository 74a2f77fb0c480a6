/** Database and Redis of one run. */
export interface Places {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Prefix of every key and channel in Redis. */
  readonly prefix: string;
  /** Master key of the database, in hexadecimal digits. */
  readonly masterKey: string;
}

/** Routes of a gateway: without a limit, and with one that all gateways share through Redis. */
export const paths = { open: '/open', limited: '/limited' } as const;
