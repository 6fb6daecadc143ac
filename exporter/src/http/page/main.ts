/**
 * The live page's script: wires the panels to the poller, and says in head and notice whether what
 * they show is now.
 */
import type { MinionStatus } from '../../domain/vocabulary.js';
import type { MasterView, Overview } from '../api-types.js';
import { clockText, durationText } from '../time-text.js';
import { createAnnouncer } from './announce.js';
import { byId, setAttribute, setHidden, setOptional, setText } from './dom.js';
import { createFeedPanel } from './feed.js';
import { startFind } from './find.js';
import { createFleetPanel } from './fleet.js';
import { createLossesPanel } from './losses.js';
import { createMinionPage } from './minion.js';
import {
  createAdvicePanel,
  createJobsPanel,
  createMonitorPanel,
  createPortsPanel,
  createPresencePanel,
} from './panels.js';
import { createPoller, type PollState } from './poll.js';
import { minionOf } from './route.js';
import { createSourcesPanel } from './sources.js';
import { startSpans } from './spans.js';
import { startTheme } from './theme.js';
import { numberText, printable } from './words.js';
import { createWorstPanel } from './worst.js';

/** Numeric options of the head line; the rest is in the metrics. */
const HEAD_OPTIONS = ['pub_hwm', 'worker_threads', 'timeout'];

function start(): void {
  const announcer = createAnnouncer();
  let filter: MinionStatus | undefined;
  let latest: Overview | undefined;

  const setFilter = (status: MinionStatus | undefined): void => {
    filter = status;
    fleet.press(status);
    poller.filter(status);
  };
  const fleet = createFleetPanel(setFilter);
  const worst = createWorstPanel(() => setFilter(undefined));
  const panels = [
    createFeedPanel(),
    createSourcesPanel(),
    createPortsPanel(),
    createLossesPanel(),
    createJobsPanel(),
    createAdvicePanel(),
    createMonitorPanel(),
    createPresencePanel(),
  ];
  const poller = createPoller({
    onOverview: (overview) => {
      latest = overview;
      showHead(overview);
      fleet.update(overview);
      worst.update(overview, filter);
      for (const panel of panels) panel.update(overview);
      announcer.counts(overview);
    },
    onState: (state) => {
      const before = document.body.dataset.state;
      showState(state, latest);
      if (state.kind === 'lost' && before !== 'lost') announcer.say(state.why);
      if (state.kind === 'live' && before === 'lost') announcer.say('The exporter answers again.');
    },
  });
  const minion = createMinionPage();
  const follow = (): void => {
    const id = minionOf(location.hash);
    setHidden(byId('fleet-view'), id !== undefined);
    minion.open(id);
  };
  window.addEventListener('hashchange', follow);
  startSpans((span) => {
    worst.span(span);
    minion.span(span);
  });
  startTheme();
  startFind();
  follow();
  poller.start();
}

function showHead({ master, exporter, atMs }: Overview): void {
  const id = master?.id ?? null;
  const name = master === null || id === null ? '' : printable(id);
  setText(byId('master-id'), name === '' ? 'master id unknown' : name);
  setText(byId('master-salt'), master === null ? 'configuration not read yet' : masterText(master));
  document.title = name === '' ? 'Brinescope' : `Brinescope: ${name}`;
  const clock = byId('clock');
  setText(clock, `${clockText(atMs, atMs)} UTC`);
  setAttribute(clock, 'datetime', new Date(atMs).toISOString());
  setText(byId('started'), ` at ${clockText(exporter.startedMs, atMs)}`);
  setText(byId('version'), `Brinescope ${printable(exporter.version)}`);
}

function masterText(master: MasterView): string {
  const version =
    master.saltVersion === null ? 'Salt, version unknown' : `Salt ${printable(master.saltVersion)}`;
  const options = HEAD_OPTIONS.flatMap((name) => {
    const value = master.options[name];
    return value === undefined ? [] : [`${name} ${numberText(value)}`];
  });
  const transport =
    master.transport === 'zeromq' ? [] : [`transport ${printable(master.transport)}`];
  const filtering = master.zmqFiltering ? ['zmq_filtering'] : [];
  return [version, ...transport, ...options, ...filtering].join(', ');
}

function showState(state: PollState, latest: Overview | undefined): void {
  document.body.dataset.state = state.kind;
  const live = byId('live');
  const notice = byId('notice');
  if (state.kind === 'lost') {
    const silent = state.forSeconds === undefined ? '' : ` for ${durationText(state.forSeconds)}`;
    setText(live, `no answer${silent}`);
    if (latest !== undefined) {
      setText(byId('clock'), `last ${clockText(latest.atMs, latest.atMs)} UTC`);
    }
    setOptional(notice, noticeText(state.why, latest));
    return;
  }
  setHidden(notice, true);
  setText(live, state.kind === 'live' ? 'live, 1 s' : 'paused');
}

function noticeText(why: string, latest: Overview | undefined): string {
  const then =
    latest === undefined
      ? 'Nothing is known.'
      : `What is below is from ${clockText(latest.atMs, latest.atMs)} UTC and is not now.`;
  return `${why} ${then} Trying again every second.`;
}

start();
