/** How long tests wait for what must come. Waits end with the event itself, so only a failing test ever waits so long. */

/** For a machine many times slower than a developer's, with other work to do. */
export const PATIENCE_MS = 180_000;
