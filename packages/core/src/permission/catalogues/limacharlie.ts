import type { CatalogueEntry } from '../../store/rows.js';

/** LimaCharlie's permissions, in the order of its published list. New permissions are added only at the end. */
export const limaCharlieEntries: readonly CatalogueEntry[] = Object.freeze([
  entry('org.get', 'see the organization and its settings'),
  entry('org.del', 'delete the organization'),
  entry('org.set_quota', 'change how many sensors the organization may have'),
  entry('org.conf.get', 'read configuration values of the organization'),
  entry('org.conf.set', 'change configuration values of the organization'),
  privileged('apikey.ctrl', 'list, make and end API keys'),
  privileged('user.ctrl', 'add and remove users and change what they may do'),
  privileged('billing.ctrl', 'see and change billing'),
  entry('acl.get', 'read access lists of resources'),
  entry('acl.set', 'change access lists of resources'),
  entry('sensor.list', 'list sensors'),
  entry('sensor.get', 'read the details of a sensor'),
  entry('sensor.task', 'send tasks to sensors'),
  entry('sensor.del', 'remove sensors'),
  entry('sensor.tag', 'add and remove tags of sensors'),
  entry('ikey.list', 'list installation keys'),
  entry('ikey.set', 'make and change installation keys'),
  entry('ikey.del', 'delete installation keys'),
  entry('dr.list', 'list detection and response rules'),
  entry('dr.set', 'make and change detection and response rules'),
  entry('dr.del', 'delete detection and response rules'),
  entry('dr.list.managed', 'list managed detection and response rules'),
  entry('dr.set.managed', 'make and change managed detection and response rules'),
  entry('dr.del.managed', 'delete managed detection and response rules'),
  entry('dr.list.service', 'list detection and response rules of services'),
  entry('dr.set.service', 'make and change detection and response rules of services'),
  entry('dr.del.service', 'delete detection and response rules of services'),
  entry('fp.ctrl', 'see and change false positive rules'),
  ...hive('secret', 'secrets'),
  ...hive('lookup', 'look-up tables'),
  ...hive('model', 'models'),
  ...hive('query', 'saved queries'),
  ...hive('yara', 'YARA rules'),
  ...hive('ai_agent', 'AI agents'),
  ...hive('cloudsensor', 'cloud sensors'),
  ...hive('playbook', 'playbooks'),
  ...hive('sop', 'operating procedures'),
  ...hive('org_notes', 'notes of the organization'),
  ...hive('app', 'apps'),
  ...hive('externaladapter', 'external adapters'),
  entry('ai_agent.exec', 'run AI agents'),
  entry('ai_agent.operate', 'steer running AI agents'),
  entry('ext.request', 'send requests to extensions'),
  ...hive('ext.conf', 'configurations of extensions'),
  entry('ext.sub', 'subscribe to extensions and unsubscribe'),
  entry('ext.sub.mtd', 'see which extensions are subscribed to'),
  entry('replicant.get', 'list replicants'),
  entry('replicant.ctrl', 'turn replicants on and off and task them'),
  entry('insight.list', 'list what Insight has stored'),
  entry('insight.ctrl', 'change settings of Insight'),
  entry('insight.del', 'delete data stored in Insight'),
  entry('insight.stat', 'read statistics of Insight'),
  entry('insight.evt.get', 'read and search events'),
  entry('insight.evt.get.simple', 'read single events'),
  entry('insight.det.get', 'read detections'),
  entry('audit.get', 'read the audit'),
  entry('audit.set', 'write to the audit'),
  entry('job.get', 'read jobs'),
  entry('job.ctrl', 'start, change and delete jobs'),
  entry('output.list', 'list outputs'),
  entry('output.set', 'make and change outputs'),
  entry('output.del', 'delete outputs'),
  entry('payload.ctrl', 'list, upload and delete payloads'),
  entry('module.update', 'change the version of sensor modules'),
  entry('ingestkey.ctrl', 'list, make and delete ingestion keys'),
]);

function entry(name: string, description: string): CatalogueEntry {
  return { name, description, privileged: false };
}

function privileged(name: string, description: string): CatalogueEntry {
  return { name, description, privileged: true };
}

/** Returns the five permissions for one kind of record: three for the records, and two only for their metadata. */
function hive(area: string, records: string): readonly CatalogueEntry[] {
  return [
    entry(`${area}.get`, `read ${records}`),
    entry(`${area}.set`, `make and change ${records}`),
    entry(`${area}.del`, `delete ${records}`),
    entry(`${area}.get.mtd`, `read metadata of ${records}`),
    entry(`${area}.set.mtd`, `change metadata of ${records}`),
  ];
}
