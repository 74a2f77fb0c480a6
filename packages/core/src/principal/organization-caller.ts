/** The part of a caller that decisions about resources of one organization need. */
export interface OrganizationCaller {
  /** The organization. */
  readonly oid: string;
  readonly identity: string;
  readonly secretId: string;
  readonly segment: boolean;
  readonly lock: boolean;
  readonly secret: boolean;
  readonly root: boolean;
}
