/** Which SQL is spoken. */
export type Engine = 'sqlite' | 'postgres';
