import type { Figure } from '../harness/figure.js';
import type { Figures, Target } from '../targets.js';
import { type Asks, growthCases, growthName, MOST_EXPONENT, MOST_LAST_STEP } from './case-names.js';

const databases = ['SQLite', 'PostgreSQL'] as const;

const cases = Object.entries(growthCases).flatMap(([room, named]) =>
  Object.entries(named).flatMap(([name, asks]: readonly [string, Asks]) =>
    databases.map((database) => ({ name: growthName(room, name, database), asks })),
  ),
);

const atMost = (value: number) => ({ kind: 'most', value }) as const;

/** The exponent of each case; and, where it is above its bound, the slope between the two largest sizes. */
export const growthTargets: readonly Target[] = cases.flatMap(({ name, asks }) => {
  const measure = name.slice('growth/'.length);
  const times = [
    { label: 'at the smallest size', figure: `${name}/smallest` },
    { label: 'at the largest', figure: `${name}/largest` },
  ];
  const most = MOST_LAST_STEP[asks];
  return [
    {
      measure: `exponent, ${measure}`,
      ours: { figure: `${name}/exponent` },
      peers: times,
      floor: { label: 'residual factor', figure: `${name}/residual` },
      bound: atMost(MOST_EXPONENT[asks]),
    },
    {
      measure: `exponent of the last step, ${measure}`,
      ours: { figure: (figures: Figures) => aboveOf(figures.get(`${name}/last step`), most) },
      peers: times,
      bound: atMost(most),
    },
  ];
});

function aboveOf(figure: Figure | undefined, most: number): Figure | undefined {
  return figure !== undefined && figure.value > most ? figure : undefined;
}
