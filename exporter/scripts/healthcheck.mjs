/**
 * Asks the exporter of the same container whether it is healthy; exit status 0 or 1. For Dockerfile's HEALTHCHECK, without curl.
 * Listening elsewhere is told by BRINESCOPE_WEB_LISTEN_ADDRESS, which this script reads like the exporter itself.
 */
const address = process.env.BRINESCOPE_WEB_LISTEN_ADDRESS || ':4507';
const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [address, '', '4507'];
const reachable = ['', '0.0.0.0', '[::]'].includes(host) ? '127.0.0.1' : host;

try {
  const answer = await fetch(`http://${reachable}:${port}/-/healthy`, {
    signal: AbortSignal.timeout(4000),
  });
  process.exitCode = answer.ok ? 0 : 1;
  if (!answer.ok) console.error(`http://${reachable}:${port}/-/healthy: ${answer.status}`);
} catch (error) {
  console.error(`http://${reachable}:${port}/-/healthy: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
