/**
 * A scraper in a process of its own, so that its CPU is not counted: reads a body and says how long
 * it was.
 */
import { get } from 'node:http';

process.on('message', ({ port, gzip }) => {
  const headers = gzip ? { 'accept-encoding': 'gzip' } : {};
  get({ host: '127.0.0.1', port, path: '/metrics', headers }, (response) => {
    let bytes = 0;
    response.on('data', (chunk) => {
      bytes += chunk.length;
    });
    response.on('end', () => process.send({ bytes, status: response.statusCode }));
  });
});
