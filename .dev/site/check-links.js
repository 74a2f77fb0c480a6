// Checks every link of the built site: that the page is there, and the heading too. Links to files of the repository
// are checked in the checkout. Other addresses are counted and not asked for.

// @ts-check
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from '../packed.js';

const BASE = '/flairgate/';
const REPOSITORY = /^https:\/\/github\.com\/flairgate\/flairgate\/(?:blob|tree)\/main\//;

/**
 * @typedef {object} Site
 * @property {string} dist folder
 * @property {ReadonlyMap<string, string>} pages text of each page, by its file
 * @property {ReadonlyMap<string, ReadonlySet<string>>} ids anchors of each page
 */

/**
 * Prints what it found, and throws if a link leads nowhere.
 *
 * @param {string} dist folder of the site
 */
export function checkLinks(dist) {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  const pages = new Map(files.map((name) => [name, readFileSync(join(dist, name), 'utf8')]));
  const ids = new Map([...pages].map(([name, html]) => [name, idsOf(html)]));
  const links = [...pages].flatMap(([from, html]) =>
    [...html.matchAll(/<a [^>]*?href="([^"]+)"/g)].map(([, href = '']) => ({ from, link: decode(href) })),
  );
  const counts = { inside: 0, repository: 0, elsewhere: 0 };
  const broken = new Set();
  for (const { from, link } of links) {
    const kind = kindOf(link);
    counts[kind] += 1;
    const isThere = kind === 'inside' ? leadsSomewhere({ dist, pages, ids }, from, link) : isInCheckout(link);
    if (!isThere) broken.add(`${from}: ${link}`);
  }
  console.log(
    `${pages.size} pages, ${counts.inside} links inside the site, ${counts.repository} to files of the repository, ` +
      `${counts.elsewhere} to other addresses, ${broken.size} broken`,
  );
  if (broken.size > 0) throw new Error(`broken links:\n${[...broken].join('\n')}`);
}

/** @param {string} link */
function kindOf(link) {
  if (REPOSITORY.test(link)) return 'repository';
  return /^[a-z]+:/.test(link) ? 'elsewhere' : 'inside';
}

/** True for every other address than one of the repository. @param {string} link */
function isInCheckout(link) {
  const [path = ''] = link.replace(REPOSITORY, '').split('#');
  return !REPOSITORY.test(link) || existsSync(join(root, path));
}

/**
 * @param {Site} site
 * @param {string} from
 * @param {string} link
 */
function leadsSomewhere({ dist, ids }, from, link) {
  const [path = '', anchor = ''] = link.split('#');
  const target = path === '' ? from : fileOf(dist, from, path);
  if (target === undefined) return false;
  return anchor === '' || !target.endsWith('.html') || ids.get(target)?.has(anchor) === true;
}

/**
 * @param {string} dist
 * @param {string} from
 * @param {string} path
 */
function fileOf(dist, from, path) {
  const inSite = path.startsWith(BASE) ? path.slice(BASE.length) : posix.join(posix.dirname(from), path);
  const candidates = [inSite, `${inSite}.html`, posix.join(inSite, 'index.html')];
  return candidates.find((file) => statSync(join(dist, file), { throwIfNoEntry: false })?.isFile());
}

/** @param {string} html */
function idsOf(html) {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => decode(id)));
}

/** @param {string} text */
function decode(text) {
  const plain = text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
