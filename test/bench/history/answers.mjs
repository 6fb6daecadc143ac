/**
 * Timelines of the day before now, asked of the built exporter over HTTP by a client that reads every byte and unpacks none: one
 * question after the other, each with another range, as a page asks that is left open.
 */
import { Agent, get } from 'node:http';
import { makeScratchMaster } from '../../e2e/scratch-master.mjs';
import { cpuSeconds, memoryMegabytes, startExporter, stopExporter } from '../whole/exporter.mjs';

const PORT = Number(process.env.BENCH_PORT ?? 24_571);
const ASKED = Number(process.env.BENCH_ASKED ?? 200);
const DAY_MS = 86_400_000;

/** What people ask: a page of the worst, and the whole fleet for a panel, each plain and packed. */
const QUESTIONS = [
  ['500 rows, arrays, gzip', 'limit=500', 'gzip'],
  ['all rows, base64', 'limit=20000&encoding=base64', 'identity'],
  ['all rows, base64, gzip', 'limit=20000&encoding=base64', 'gzip'],
  ['all rows, arrays', 'limit=20000', 'identity'],
  ['one hour, all rows, base64, gzip', 'limit=20000&encoding=base64&from=-1h', 'gzip'],
];

function quantile(list, part) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

function ask(url, encoding, agent) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const asked = get(url, { agent, headers: { 'Accept-Encoding': encoding } }, (response) => {
      let bytes = 0;
      response.on('data', (part) => {
        bytes += part.length;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ ms: performance.now() - begun, bytes });
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    asked.on('error', reject);
  });
}

/** Of a store that ends about now. */
export async function askTimelines(path) {
  const master = await makeScratchMaster(0);
  const exporter = await startExporter(master, PORT, [`--history.path=${path}`]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const mb = (size) => size.toFixed(1);
  try {
    console.log(
      `  exporter with this history, before a question: ${mb(memoryMegabytes(exporter))} MiB resident`,
    );
    for (const [name, query, encoding] of QUESTIONS) {
      const times = [];
      let largest = 0;
      const cpuBefore = cpuSeconds(exporter);
      for (let n = 0; n < ASKED; n += 1) {
        const from = query.includes('from=') ? '' : `&from=${Date.now() - DAY_MS}`;
        const url = `${exporter.url}/api/v1/timeline?columns=1000&${query}${from}`;
        const { ms, bytes } = await ask(url, encoding, agent);
        times.push(ms);
        largest = Math.max(largest, bytes);
      }
      const cpu = ((cpuSeconds(exporter) - cpuBefore) / ASKED) * 1_000;
      console.log(
        `  ${name}: first ${times[0].toFixed(0)}, median ${quantile(times, 0.5).toFixed(0)}, 99 % ${quantile(times, 0.99).toFixed(0)} ms; ` +
          `${cpu.toFixed(0)} ms of CPU each; ${(largest / 1e6).toFixed(1)} MB; then ${mb(memoryMegabytes(exporter))} MiB resident`,
      );
    }
  } finally {
    agent.destroy();
    await stopExporter(exporter);
    master.remove();
  }
}
