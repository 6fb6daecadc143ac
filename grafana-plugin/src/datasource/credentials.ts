/** User and password as basic authentication sends them. */

/** Base64 of the UTF-8 bytes of `user:password`, for the proxy can join texts but not encode them. */
export function basicCredentials(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Why an address cannot be used; undefined = it can. Viewers can read it, so it holds no secret. */
export type AddressFault = 'scheme' | 'secret' | 'path';

export function addressFault(address: string): AddressFault | undefined {
  if (address === '' || address.startsWith('$')) return undefined;
  if (!/^https?:\/\/[^/\s]/.test(address)) return 'scheme';
  if (/^https?:\/\/[^/]*@/.test(address)) return 'secret';
  return /[?#]|\/api\/v1\b|\/metrics$/.test(address) ? 'path' : undefined;
}
