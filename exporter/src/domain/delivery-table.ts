/** What the delivery ledger remembers of each publish link, in columns. */

/** Columns by link slot. */
export interface Delivery {
  readonly known: Uint8Array;
}

export function createDelivery(links: number): Delivery {
  return { known: new Uint8Array(links) };
}
