import { type ProgramFolder, programFolder, type RunningProgram } from './running-program.ts';

/** The addresses and the callers of the story. */
export interface RunningServices {
  readonly issuer: string;
  readonly rules: string;
  readonly sensors: string;
  /** As the first start showed them; empty on a later one. */
  readonly oid: string;
  readonly analyst: string;
  readonly vendor: string;
  readonly vendorHash: string;
}

/** The programs that one command starts: Flairgate, the rules service and the sensors service. */
export type RunningFleet = RunningServices & RunningProgram;

/** A folder for one fleet's data, to be started in several times. */
export type FleetFolder = ProgramFolder<RunningFleet>;

export function fleetFolder(): Promise<FleetFolder> {
  const env = { PORT: '0', RULES_PORT: '0', SENSORS_PORT: '0' };
  return programFolder({ example: 'microservices', env, ready: /The fleet is ready\.\n/ }, readStory);
}

/** Reads the lines that the start prints. */
export function readStory(text: string): RunningServices {
  const one = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  return {
    issuer: one(/serves (http:\S+?)[;\s]/),
    rules: one(/^ {2}rules +(\S+)$/m),
    sensors: one(/^ {2}sensors +(\S+)$/m),
    oid: one(/^OID=(\S+)$/m),
    analyst: one(/^ANALYST=(\S+)$/m),
    vendor: one(/^VENDOR=(\S+)$/m),
    vendorHash: one(/^VENDOR_HASH=(\S+)$/m),
  };
}
