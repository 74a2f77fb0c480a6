/** The properties of a caller that decisions about one organization's resources need. */
export interface OrganizationCaller {
  /** Id of the organization. */
  readonly oid: string;
  readonly identity: string;
  readonly secretId: string;
  readonly segment: boolean;
  readonly lock: boolean;
  readonly secret: boolean;
  readonly root: boolean;
}
