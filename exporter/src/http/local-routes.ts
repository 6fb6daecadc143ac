/** A minion's own view: `/api/v1/local`, `/api/v1/local/jobs/{jid}`, and the page of an exporter of role minion. */
import type { Epoch } from '../domain/epoch.js';
import type { LocalFigures } from '../domain/local-epoch.js';
import type { LocalSight } from '../domain/local-jobs.js';
import { type Api, serve } from './endpoint.js';
import { JID_MAX } from './job-endpoints.js';
import type { LocalJobView, LocalView } from './local-api-types.js';
import { LOCAL, LOCAL_JOB } from './local-endpoints.js';
import { localPage } from './local-page.js';
import { allowPage } from './security-headers.js';
import { sourceViews } from './source-view.js';

/** What is asked of the program of role minion. */
export interface LocalQueries {
  /** What is known of one job now; undefined = this is no minion's exporter. */
  readonly job: (jid: string) => LocalSight | undefined;
}

export interface LocalRoutes {
  readonly queries: LocalQueries;
  readonly epoch: () => Promise<Epoch>;
}

const NOTHING: LocalSight = {
  received: undefined,
  executed: undefined,
  queued: undefined,
  running: undefined,
  returned: 'unknown',
  watchedSeconds: 0,
};

export function addLocal(api: Api, { queries, epoch }: LocalRoutes): void {
  api.app.get('/', async (_request, response) => {
    allowPage(response);
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(localPage(localView(await epoch())));
  });
  serve(api, LOCAL, async () => localView(await epoch()));
  serve(api, LOCAL_JOB, async (_asked, { place: jid }) => {
    const sight = jid.length > JID_MAX ? undefined : queries.job(jid);
    const { local } = await epoch();
    return jobView(jid, local?.minionId, sight ?? NOTHING);
  });
}

function jobView(jid: string, minion: string | undefined, sight: LocalSight): LocalJobView {
  return {
    jid,
    minion: minion ?? null,
    received: sight.received ?? null,
    running: sight.running ?? null,
    queued: sight.queued ?? null,
    executed: sight.executed ?? null,
    returned: sight.returned,
    watchedSeconds: Math.floor(sight.watchedSeconds),
  };
}

function localView(epoch: Epoch): LocalView {
  const { local } = epoch;
  return {
    atMs: epoch.at.wallMs,
    startedMs: epoch.startedWallMs,
    minion: local?.minionId ?? null,
    masters: (local?.masters ?? []).map((master) => ({
      master: master.name,
      publishLinks: master.publishLinks ?? null,
      requestLinks: master.requestLinks ?? null,
      receiveQueueBytes: master.receiveQueueBytes ?? null,
      requestWaitSeconds: master.requestWaitSeconds ?? null,
      requests: {
        answered: master.answered,
        abandoned: master.abandoned,
        refused: master.refused,
      },
    })),
    jobs: jobsOf(local),
    options: Object.fromEntries(local?.options ?? []),
    storm: {
      invites: local?.advice.invites ?? null,
      sentences: local?.advice.sentences ?? [],
    },
    sources: sourceViews(epoch),
  };
}

function jobsOf(local: LocalFigures | undefined): LocalView['jobs'] {
  return {
    executed: local?.executed ?? 0,
    queued: local?.queued ?? 0,
    rejectedSerial: local?.rejectedSerial ?? 0,
    rejectedDecrypt: local?.rejectedDecrypt ?? 0,
    notReturned: local?.notReturned ?? 0,
  };
}
