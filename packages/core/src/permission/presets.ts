/**
 * Lists of permissions and families that a task needs together, by the name of the task.
 *
 * Use them as grants, or in a requirement. A granted preset is stored as its permissions and families, so a later change
 * of this table changes no key. All names are in `limaCharlieCatalogue`.
 *
 * @example
 * gate.requirePermissions(...permissionPresets['Go Live']);
 */
export const permissionPresets = Object.freeze({
  'Go Live': Object.freeze(['output.*', 'sensor.task']),
}) satisfies Readonly<Record<string, readonly string[]>>;
