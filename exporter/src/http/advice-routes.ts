/** `GET /api/v1/recommendations`. */
import type { Express } from 'express';
import { recommendationsView } from './advice-view.js';
import type { Snapshots } from './snapshots.js';

export function addRecommendations(app: Express, snapshots: Snapshots): void {
  app.get('/api/v1/recommendations', async (_request, response) => {
    const view = recommendationsView(await snapshots.epoch());
    response.setHeader('Cache-Control', 'no-store');
    response.json(view);
  });
}
