import { denyIssues } from '@flairgate/core';
import { isJson, ownedPage, see, withheldCopy } from '@flairgate/core/internal';
import { etagOf } from './answer.js';
import { type Call, queryOf, report, undeclaredQuery } from './call.js';
import { type GuardAnswer, toGuardAnswer } from './guard-answer.js';
import { type Item, type ListedItems, rebuildList } from './items.js';
import { idOf } from './settings.js';

const PAGE_PARAMETERS = ['limit', 'cursor'];

/**
 * Lists the resources that the caller may see. The ids come from ownership records, and the items from `loadMany`.
 *
 * The router's own pages are not used: if rows were removed from a page, the size of the page would reveal how many
 * rows are hidden. The header `Link` contains the URL of the next page.
 */
export async function listOwned(call: Call): Promise<GuardAnswer> {
  const { guard, req, caller, space } = call;
  const query = queryOf(req);
  const limit = Number(query.get('limit') ?? guard.pageSize);
  const stray = [...query.keys()].find((name) => !PAGE_PARAMETERS.includes(name));
  const twice = undeclaredQuery(call.route, query, PAGE_PARAMETERS);
  if (stray !== undefined || twice !== undefined || !Number.isInteger(limit) || limit < 1 || limit > guard.pageSize) {
    const field = stray ?? twice ?? 'limit';
    return toGuardAnswer(
      denyIssues([{ field, message: `must be limit (1 to ${guard.pageSize}) or cursor, sent once` }]),
    );
  }
  const cursor = query.get('cursor') ?? undefined;
  const page = await ownedPage(guard.store, space, caller, { limit, cursor, query: call.route.name });
  if (page === undefined) {
    return toGuardAnswer(
      denyIssues([{ field: 'cursor', message: 'must be the cursor returned with the previous page' }]),
    );
  }
  const items = await loadItems(call, page.ids);
  const body = Buffer.from(JSON.stringify(rebuildList(call.route, listedOf(items))));
  const { cursor: next } = page;
  const link = next === undefined ? {} : { link: `<?limit=${limit}&cursor=${next}>; rel="next"` };
  report(call, 'pass', `${items.length} items from ownership`);
  const headers = { 'content-type': 'application/json; charset=utf-8', etag: etagOf(body), ...link };
  return { kind: 'replace', status: 200, headers, body };
}

async function loadItems(call: Call, ids: readonly string[]): Promise<readonly Item[]> {
  const { guard, req, caller, space, before } = call;
  const given: unknown = ids.length === 0 ? [] : await guard.loadMany?.(req, ids);
  if (!Array.isArray(given)) throw new TypeError('loadMany must return a list');
  const found = new Map<string, Item>();
  for (const each of given) {
    // An entity of the service may define its own JSON representation. The representation that would be sent is
    // checked.
    const value: unknown = JSON.parse(JSON.stringify(each) ?? 'null');
    const id = isJson(value) ? idOf(guard, value) : undefined;
    if (!isJson(value) || id === undefined || !ids.includes(id))
      throw new TypeError('loadMany must return items with the ids it was given');
    found.set(id, { id, value });
  }
  const snapshot = await guard.reader.snapshot(space, ids);
  return ids.flatMap((id) => {
    const item = found.get(id);
    const verdict = see(caller, before, snapshot, id);
    if (item === undefined || (!verdict.allowed && verdict.rule === 'hidden')) return [];
    return [verdict.allowed ? item : { id, value: withheldCopy(item.value, guard.content, guard.validators) }];
  });
}

function listedOf(items: readonly Item[]): ListedItems {
  return { ids: items.map(({ id }) => id), values: items.map(({ value }) => value) };
}
