/** `npm run truth -- --runs 100 --seed 7`: ground truth runs with seeds 7, 8, 9 …; a line for each, a table, and an exit status. */
import { readFileSync } from 'node:fs';
import { type Act, drawPlan, type Plan, type Wishes } from './plan.js';
import { runPlan, type Verdict } from './truth-run.js';

const HELP = `Ground truth runs: what the exporter claims, against what publishers and subscribers wrote down.
  --runs N       so many runs (10)
  --seed N       of the first; the next ones count up (1)
  --jobs N       runs at a time (1)
  --acts a,b     instead of drawn ones: steady burst stopped slow kill leave reconnect freeze
  --hwm N --heartbeat MS --subscribers N --filtering yes|no --bus none|plain|prefixed
  --exporter before|during|after|none
  --plan FILE    the plan in this file, as --print shows it
  --print        only show the plans
  --json         verdicts as lines of JSON
  --verbose      every step
  --program FILE another build of the exporter (exporter/dist/main.js)
  --patience S   how long the exporter may take to say what is true (30)`;

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options.has('help')) {
    console.log(HELP);
    return 0;
  }
  const number = (name: string, otherwise: number) => Number(options.get(name) ?? otherwise);
  const plans = plansOf(options);
  if (options.has('print')) {
    for (const plan of plans) console.log(JSON.stringify(plan, undefined, 1));
    return 0;
  }
  const verdicts: Verdict[] = [];
  const queue = [...plans];
  const json = options.has('json');
  const worker = async () => {
    for (let plan = queue.shift(); plan !== undefined; plan = queue.shift()) {
      const log = options.has('verbose') ? (text: string) => console.error(text) : () => {};
      const verdict = await runPlan(plan, {
        patienceMs: number('patience', 30) * 1_000,
        log,
        program: options.get('program'),
      });
      verdicts.push(verdict);
      console.log(json ? JSON.stringify(verdict) : lineOf(plan, verdict));
      if (!json) for (const problem of verdict.problems) console.log(`      ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: number('jobs', 1) }, worker));
  if (!json) console.log(tableOf(verdicts));
  return verdicts.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

function readOptions(argv: readonly string[]): Map<string, string> {
  const flags = new Set(['help', 'print', 'json', 'verbose']);
  const options = new Map<string, string>();
  for (let index = 0; index < argv.length; index += 1) {
    const name = (argv[index] ?? '').replace(/^--/, '');
    if (flags.has(name)) options.set(name, 'yes');
    else {
      index += 1;
      options.set(name, argv[index] ?? '');
    }
  }
  return options;
}

function plansOf(options: ReadonlyMap<string, string>): Plan[] {
  const file = options.get('plan');
  // `as`: what --print wrote.
  if (file !== undefined) return [JSON.parse(readFileSync(file, 'utf8')) as Plan];
  const number = (name: string) =>
    options.has(name) ? { value: Number(options.get(name)) } : undefined;
  const acts = options.get('acts')?.split(',');
  const hwm = number('hwm');
  const heartbeat = number('heartbeat');
  const subscribers = number('subscribers');
  const wishes: Wishes = {
    // `as`: a wrong name shows itself at once, as an act without steps.
    ...(acts === undefined ? {} : { acts: acts as Act[] }),
    ...(hwm === undefined ? {} : { hwm: hwm.value }),
    ...(heartbeat === undefined ? {} : { heartbeatMs: heartbeat.value }),
    ...(subscribers === undefined ? {} : { subscribers: subscribers.value }),
    ...(options.has('filtering') ? { filtering: options.get('filtering') === 'yes' } : {}),
    ...(options.has('bus') ? { bus: options.get('bus') as Plan['bus'] } : {}),
    ...(options.has('exporter')
      ? { exporter: options.get('exporter') as Wishes['exporter'] & {} }
      : {}),
  };
  const first = Number(options.get('seed') ?? 1);
  return Array.from({ length: Number(options.get('runs') ?? 10) }, (_, n) =>
    drawPlan(first + n, wishes),
  );
}

function lineOf(plan: Plan, { seed, problems, seconds, figures }: Verdict): string {
  const words = [
    `seed ${seed}`,
    problems.length === 0 ? 'true ' : 'WRONG',
    `${seconds.toFixed(0)} s`,
    `${plan.crews.flat().length} links`,
    `hwm ${plan.hwm}`,
    plan.heartbeatMs > 0 ? `heartbeat ${plan.heartbeatMs} ms` : 'no heartbeat',
    plan.filtering ? 'filtered' : '',
    `${figures.published} published`,
    `lost ${figures.lost}, reported ${figures.reported}`,
    `gaps ${figures.gapsReal}, flagged ${figures.gapsFlagged}`,
  ];
  return words.filter(Boolean).join(' · ');
}

function tableOf(verdicts: readonly Verdict[]): string {
  const sum = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const most = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((top, verdict) => Math.max(top, of(verdict)), 0);
  const wrong = verdicts.filter(({ problems }) => problems.length > 0);
  const rows: [string, string | number][] = [
    ['runs', verdicts.length],
    ['runs with a wrong figure', wrong.length],
    ['messages published', sum(({ figures }) => figures.published)],
    ['links compared', sum(({ figures }) => figures.links)],
    ['… whose drops had to be exact', sum(({ figures }) => figures.exactLinks)],
    ['… whose truth is a range', sum(({ figures }) => figures.boundedLinks)],
    ['… that gave up without a gap (unknown)', sum(({ figures }) => figures.gaveUp)],
    ['lost on exact links, all', sum(({ figures }) => figures.lost)],
    ['… reported', sum(({ figures }) => figures.reported)],
    ['… of them at the mark', sum(({ figures }) => figures.lostHwm)],
    ['… … reported', sum(({ figures }) => figures.reportedHwm)],
    ['… of them with their link', sum(({ figures }) => figures.lostDisconnect)],
    ['… … reported', sum(({ figures }) => figures.reportedDisconnect)],
    ['lost on links that were or became unknown', sum(({ figures }) => figures.lostUnknown)],
    ['… reported', sum(({ figures }) => figures.reportedUnknown)],
    ['losses counted (times)', sum(({ figures }) => figures.counted)],
    ['losses undecided (times)', sum(({ figures }) => figures.undecided)],
    ['runs with a gap', verdicts.filter(({ figures }) => figures.gapsReal > 0).length],
    ['gap messages, real', sum(({ figures }) => figures.gapsReal)],
    ['gap messages, flagged', sum(({ figures }) => figures.gapsFlagged)],
    ['publisher stopped behind a publish', sum(({ figures }) => figures.freezes)],
    ['… in the middle of sending', sum(({ figures }) => figures.freezesMidway)],
    ['queue depths compared', sum(({ figures }) => figures.depth.samples)],
    ['… of queues that held anything', sum(({ figures }) => figures.depth.filled)],
    [
      '… largest error where nothing was lost, bytes',
      most(({ figures }) => figures.depth.errorMostBytes),
    ],
    [
      '… largest error as a share of what is allowed',
      most(({ figures }) => figures.depth.errorMostShare).toFixed(3),
    ],
    ['… not known then', sum(({ figures }) => figures.depth.unknown)],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(46)} ${value}`);
  if (wrong.length > 0) lines.push(`wrong: --seed ${wrong.map(({ seed }) => seed).join(', ')}`);
  return ['', ...lines].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
