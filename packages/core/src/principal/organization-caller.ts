/** The caller as far as a resource of one organization is concerned. */
export interface OrganizationCaller {
  /** Organization whose resources these are. */
  readonly oid: string;
  readonly identity: string;
  readonly secretId: string;
  readonly segment: boolean;
  readonly lock: boolean;
  readonly secret: boolean;
  readonly root: boolean;
}
