/**
 * Property tests draw the same cases every time, so that a change is judged by what it changed.
 * To look for new counterexamples: `PROPERTY_SEED=random npm test -- unit <path>`.
 */
import * as fc from 'fast-check';

const { PROPERTY_SEED: seed = '20261122' } = process.env;

if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
