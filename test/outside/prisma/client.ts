import { PrismaPg } from '@prisma/adapter-pg';
// Made by `run`, from schema.prisma.
import { PrismaClient } from './generated/client.js';

export type RulePrisma = PrismaClient;

/** Opens the generated client on one schema of a database. */
export function openClient(connectionString: string, schema: string): RulePrisma {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString }, { schema }) });
}
