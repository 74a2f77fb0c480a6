/** SQL dialect. */
export type Engine = 'sqlite' | 'postgres';
