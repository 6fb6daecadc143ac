/** Every route of the API, in the order of the document. */
import type { AnswerTypes } from './answer-types.js';
import type { Endpoint } from './endpoint.js';
import { EVENTS, SERIES, STREAM, TIMELINE, TOTALS } from './history-endpoints.js';
import { JOB, JOBS, LOSSES } from './job-endpoints.js';
import { LOCAL, LOCAL_JOB } from './local-endpoints.js';
import { LINKS, MINION, MINIONS, OVERVIEW, RECOMMENDATIONS, SOURCES } from './minions-endpoints.js';
import type { Parameters } from './query.js';

export const ENDPOINTS: readonly Endpoint<Parameters, keyof AnswerTypes>[] = [
  OVERVIEW,
  MINIONS,
  MINION,
  LINKS,
  TIMELINE,
  EVENTS,
  TOTALS,
  SERIES,
  STREAM,
  JOBS,
  JOB,
  LOSSES,
  SOURCES,
  RECOMMENDATIONS,
  LOCAL,
  LOCAL_JOB,
];
