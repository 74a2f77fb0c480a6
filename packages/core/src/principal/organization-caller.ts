/** The properties of a caller that decide about access to the resources of one organization. */
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
