/** Source files that decide, and the test files that are to notice when one decides otherwise. */
export interface Target {
  readonly name: string;
  readonly files: readonly RegExp[];
  readonly tests: readonly RegExp[];
}

const core = (path: string): RegExp => new RegExp(`^packages/core/src/${path}\\.ts$`);
const coreTests = (path: string): RegExp => new RegExp(`^packages/core/test/${path}\\.test\\.ts$`);

/** Each source file is in one target. */
export const targets: readonly Target[] = [
  {
    name: 'permissions',
    files: [core('authorize'), core('permission/(deny-missing|grammar|grants|requirement)')],
    tests: [coreTests('(authorize|permission/.*)')],
  },
  {
    name: 'visibility',
    files: [
      core('visibility/(admit-write|caller|decide|locked-refusal|view|rows/(admit-row|decide-row))'),
      core('visibility/guard/(admit-guarded|decide-guarded)'),
    ],
    tests: [coreTests('visibility/.*')],
  },
  {
    name: 'escalation',
    files: [
      core('administration/escalation/(check-gain|check-held|check-no-escalation)'),
      core('administration/command/(acting-credential|own-name)'),
    ],
    tests: [coreTests('administration/(escalation/.*|command/acting-credential|groups|users|users/.*|person-api-key)')],
  },
  {
    name: 'tokens',
    files: [
      core('principal/token/(check-signature|verify)'),
      core('principal/token/own/(lifetime|own-signature)'),
      core('principal/token/text/(decode|registered-claims)'),
    ],
    tests: [
      coreTests('principal/token/(text/.*|own/(lifetime|own-signature)|issuer/rights|remote|verifier-options|verify)'),
    ],
  },
  {
    name: 'keys',
    files: [core('principal/key/(ranges|text|hash/verify-once)')],
    tests: [coreTests('principal/key/(ranges|text|hash/(chosen-secret|verify-once))')],
  },
  {
    name: 'credentials',
    files: [core('credential/read-credential')],
    tests: [coreTests('credential/.*')],
  },
];
