/** Addresses that a click may open. */
import { textUtil } from '@grafana/data';

/**
 * Empty for what is no address to open. Grafana's sanitizer also decodes what it lets through, and an
 * id in it could then add parameters: its judgement is taken and not its text.
 */
export function safeAddress(address: string): string {
  return textUtil.sanitizeUrl(address) === 'about:blank' ? '' : address;
}
