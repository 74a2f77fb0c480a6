/**
 * Permissions and families that a task needs together, by the name of the task.
 *
 * They are written as grants: give them as they stand, or name them in a requirement. Nothing refers to a preset
 * once it is granted, so a later change of this table changes no key. Every name is of `limaCharlieCatalogue`.
 */
export const permissionPresets = Object.freeze({
  'Go Live': Object.freeze(['output.*', 'sensor.task']),
}) satisfies Readonly<Record<string, readonly string[]>>;
