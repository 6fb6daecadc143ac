/** Headers that keep a browser from doing anything with our answers but showing them. */
import type { ServerResponse } from 'node:http';

/** Nothing may be loaded, framed or run out of a data answer. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";
/**
 * Only this server's own script, style and icon; the script may ask this server only, and may never
 * turn text into markup (trusted types with no policy: an assignment to innerHTML throws).
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** On every answer, errors included. No CORS header is ever set: other origins may not read. */
export function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', DATA_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
}

export function allowPage(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
}
