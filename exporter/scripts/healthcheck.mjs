/**
 * Asks the exporter of the same container whether it lives; exit status 0 or 1. For Dockerfile's HEALTHCHECK, without curl.
 * Listening elsewhere is told by BRINESCOPE_WEB_LISTEN_ADDRESS, which this script reads like the exporter itself.
 *
 * With a web configuration file everything is behind passwords and certificates, which this script does not have. That the exporter
 * asks for them is life enough: 401 and 429 are answers, and so is a finished TLS handshake that ends for want of a certificate.
 */
import http from 'node:http';
import https from 'node:https';

const TIMEOUT_MS = 4000;
const ALIVE = [200, 401, 429];
const MUTE = 'no answer';

const address = process.env.BRINESCOPE_WEB_LISTEN_ADDRESS || ':4507';
const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [address, '', '4507'];
const reachable = ['', '0.0.0.0', '[::]'].includes(host) ? '127.0.0.1' : host;

/** undefined = it lives; otherwise what is wrong. */
function ask(scheme) {
  const url = `${scheme}://${reachable}:${port}/-/healthy`;
  return new Promise((resolve) => {
    // The certificate is for the address that others use; nothing secret is sent.
    const options = { agent: false, rejectUnauthorized: false, timeout: TIMEOUT_MS };
    const request = (scheme === 'https' ? https : http).get(url, options, (response) => {
      response.resume();
      const { statusCode } = response;
      resolve(ALIVE.includes(statusCode) ? undefined : `${url}: ${statusCode}`);
    });
    let isSecured = false;
    request.on('socket', (socket) =>
      socket.once('secureConnect', () => {
        isSecured = true;
      }),
    );
    request.on('timeout', () => {
      isSecured = false;
      request.destroy(new Error(MUTE));
    });
    request.on('error', (error) => {
      const isAlert = /SSL alert number/.test(error.message);
      resolve(isSecured || isAlert ? undefined : `${url}: ${error.message}`);
    });
  });
}

const schemes = process.env.BRINESCOPE_WEB_CONFIG_FILE ? ['https', 'http'] : ['http', 'https'];
const first = await ask(schemes[0]);
// Whoever is asked in the wrong language hangs up at once; who says nothing at all is asked no more, for time is short.
const problem = first?.endsWith(MUTE) ? first : first && (await ask(schemes[1]));
if (problem) console.error(first.startsWith('http:') ? first : problem);
process.exitCode = problem ? 1 : 0;
