/** Figures of a round, for people. */

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** Time in which so many minions have their turn. 10,000 at 10 a minute: 60,000 s. */
export function roundSeconds(minions: number, jobsPerMinute: number): number {
  return (minions * 60) / jobsPerMinute;
}

/** `a round of 10,000 minions takes 16 h 40 min at 10 a minute`. */
export function roundText(minions: number, jobsPerMinute: number): string {
  const seconds = Math.round(roundSeconds(minions, jobsPerMinute));
  const count = minions === 1 ? '1 minion' : `${minions.toLocaleString('en-US')} minions`;
  return `a round of ${count} takes ${timeText(seconds)} at ${jobsPerMinute} a minute`;
}

/** The two largest units that it has. */
function timeText(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return `${seconds} s`;
  let rest = seconds;
  const parts = UNITS.slice(first, first + 2).map(([name, size]) => {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    return whole === 0 ? '' : `${whole} ${name}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}
