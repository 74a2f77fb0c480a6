/**
 * Lists of the permissions and families that a task needs, by the name of the task.
 *
 * Use a list as grants or in a requirement. A granted list is stored as its permissions and families, so a later change
 * to this table does not change any key. All names are in `limaCharlieCatalogue`.
 *
 * @example
 * gate.requirePermissions(...permissionPresets['Go Live']);
 */
export const permissionPresets = Object.freeze({
  'Go Live': Object.freeze(['output.*', 'sensor.task']),
}) satisfies Readonly<Record<string, readonly string[]>>;
