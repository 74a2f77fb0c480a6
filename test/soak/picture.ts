import type { Disturbance } from './disturb.js';
import type { SoakResult } from './result.js';
import { sockets, timers } from './result.js';
import type { TakenSample } from './take-samples.js';

interface Line {
  readonly label: string;
  /** Class of the style sheet: the gateway, and whether the line is the second of its gateway. */
  readonly style: string;
  /** Points of one process each, so that no line joins two processes. */
  readonly parts: readonly (readonly (readonly [number, number])[])[];
}

interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const WIDTH = 960;
const PANEL = { width: 400, height: 150, left: 56, top: 64, across: 470, down: 216 } as const;

const STYLE = `
svg { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --rule: #d1d9e0; --band: #f0e2c4; --a: #0969da; --b: #bc4c00 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #f0f6fc; --soft: #9198a1; --rule: #3d444d; --band: #4a3c1c; --a: #58a6ff; --b: #ffa657 }
}
text { font: 12px system-ui, sans-serif; fill: var(--soft) }
.title { font-size: 13px; font-weight: 600; fill: var(--ink) }
.rule { stroke: var(--rule) }
.band { fill: var(--band) }
polyline { fill: none; stroke-width: 1.5; stroke-linejoin: round }
.a { stroke: var(--a) } .b { stroke: var(--b) }
.second { stroke-dasharray: 4 3 }
text.a { fill: var(--a); stroke: none } text.b { fill: var(--b); stroke: none }`;

/** Draws memory, handles, caches, rows and delays of a soak over its time. It is readable in light and in dark. */
export function drawSoak({ samples, disturbances, operations, answers }: SoakResult, seconds: number): string {
  const last = Math.max(seconds, ...samples.map(({ at }) => at), ...disturbances.map(({ to }) => to));
  const panels = panelsOf(samples);
  const height = PANEL.top + Math.ceil(panels.length / 2) * PANEL.down;
  const counts = Object.entries(answers).map(([status, count]) => `${status}: ${count.toLocaleString('en')}`);
  const title = `Soak of ${Math.round(seconds / 6) / 10} minutes, ${operations.toLocaleString('en')} operations`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title><style>${STYLE}\n</style>`,
    `<text class="title" x="${PANEL.left}" y="18">${title}</text>`,
    `<text x="${PANEL.left}" y="35">answers by status: ${counts.join(', ')}</text>`,
    ...panels.map((panel, at) => drawPanel(panel, at, last, disturbances)),
    '</svg>\n',
  ].join('\n');
}

function panelsOf(samples: readonly TakenSample[]): readonly Panel[] {
  const withRows = samples.filter(({ rows }) => rows !== undefined);
  const lines = (second: string, read: (sample: TakenSample) => number) =>
    gatewaysOf(samples).map((gateway) => lineOf(samples, gateway, second, read));
  const rows = (table: string, style: string) => ({
    ...lineOf(withRows, 'a', '', ({ rows: counted }) => counted?.[table] ?? 0),
    ...{ label: table, style },
  });
  return [
    { title: 'heap after garbage collection, MiB', lines: lines('', ({ heapMiB }) => heapMiB) },
    { title: 'resident memory, MiB', lines: lines('', ({ rssMiB }) => rssMiB) },
    {
      title: 'sockets, and dashed timers and other work',
      lines: [...lines('', sockets), ...lines('second', timers)],
    },
    { title: 'entries of all caches', lines: lines('', ({ cached }) => cached) },
    { title: 'rows of the store', lines: [rows('change', 'a'), rows('key', 'b'), rows('identity', 'b second')] },
    { title: 'delay of the event loop, 99th percentile, ms', lines: lines('', ({ delayP99Ms }) => delayP99Ms) },
  ];
}

function gatewaysOf(samples: readonly TakenSample[]): readonly string[] {
  return [...new Set(samples.map(({ gateway }) => gateway))];
}

function lineOf(
  samples: readonly TakenSample[],
  gateway: string,
  second: string,
  read: (sample: TakenSample) => number,
): Line {
  const own = samples.filter((sample) => sample.gateway === gateway);
  const lives = [...new Set(own.map(({ life }) => life))];
  const parts = lives.map((life) =>
    own.filter((sample) => sample.life === life).map((sample) => [sample.at, read(sample)] as const),
  );
  return { label: second === '' ? `gateway ${gateway}` : '', style: `${gateway} ${second}`.trim(), parts };
}

function drawPanel({ title, lines }: Panel, index: number, last: number, bands: readonly Disturbance[]): string {
  const left = PANEL.left + (index % 2) * PANEL.across;
  const top = PANEL.top + Math.floor(index / 2) * PANEL.down;
  const most = roundUp(Math.max(1, ...lines.flatMap(({ parts }) => parts.flat().map(([, value]) => value))));
  const x = (at: number) => rounded((at / last) * PANEL.width);
  const y = (value: number) => rounded(PANEL.height - (value / most) * PANEL.height);
  const minutes = Array.from({ length: 4 }, (_, at) => (last / 3) * at);
  const labels = lines.filter(({ label }) => label !== '');
  return [
    `<g transform="translate(${left} ${top})"><text class="title" y="-8">${title}</text>`,
    ...bands.map(({ from, to, what }) => {
      const width = Math.max(2, x(to) - x(from));
      const box = `x="${x(from)}" width="${width}" height="${PANEL.height}"`;
      return `<rect class="band" ${box}><title>${what}</title></rect>`;
    }),
    ...[0, most / 2, most].map((value) => {
      const line = `<line class="rule" x2="${PANEL.width}" y1="${y(value)}" y2="${y(value)}"/>`;
      return `${line}<text x="-6" y="${y(value) + 4}" text-anchor="end">${value.toLocaleString('en')}</text>`;
    }),
    ...minutes.map((at) => {
      const text = last < 300 ? `${Math.round(at)} s` : `${Math.round(at / 60)} min`;
      return `<text x="${x(at)}" y="${PANEL.height + 16}" text-anchor="middle">${text}</text>`;
    }),
    ...labels.map(({ label, style }, at) => {
      return `<text class="${style}" x="${PANEL.width - 90 * (labels.length - at)}" y="${PANEL.height + 32}">${label}</text>`;
    }),
    ...lines.flatMap(({ style, parts }) =>
      parts.map((points) => {
        return `<polyline class="${style}" points="${points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')}"/>`;
      }),
    ),
    '</g>',
  ].join('\n');
}

/** Returns the next number whose first digit is 1, 2 or 5, or twice that. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
