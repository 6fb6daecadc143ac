/** Asks exporters through Grafana's proxy; several are asked at once, and one that fails spoils nobody's answer. */
import { type FetchResponse, getBackendSrv, isFetchError } from '@grafana/runtime';
import { lastValueFrom, type Observable } from 'rxjs';
import type { Master } from './types';

export type Params = Readonly<Record<string, string | number | undefined>>;

export interface MasterAnswer<T> {
  readonly master: Master;
  readonly view: T;
}

export interface Failure {
  readonly master: Master;
  /** A sentence for the reader. */
  readonly message: string;
}

export interface Answers<T> {
  readonly answers: readonly MasterAnswer<T>[];
  readonly failures: readonly Failure[];
}

/** The exporter's own words if it spoke, else what the proxy said. */
export function messageOf(error: unknown): string {
  if (!isFetchError(error)) return error instanceof Error ? error.message : String(error);
  const data: unknown = error.data;
  if (typeof data === 'object' && data !== null) {
    const { error: own, message } = data as { error?: { message?: string }; message?: string };
    if (own?.message !== undefined) return own.message;
    if (message !== undefined && message !== '') return `${error.status}: ${message}`;
  }
  return `${error.status} ${error.statusText ?? ''}`.trim();
}

export class ExporterApi {
  readonly #url: string;

  /** `url`: the data source's own path on Grafana's proxy. */
  constructor(url: string) {
    this.#url = url;
  }

  addressOf(master: Master, path: string): string {
    return `${this.#url}/master${master.index}/${path}`;
  }

  async ask<T>(master: Master, path: string, params: Params = {}): Promise<T> {
    const answer: FetchResponse<T> = await lastValueFrom(
      getBackendSrv().fetch<T>({
        url: this.addressOf(master, path),
        method: 'GET',
        params: { ...params },
        showErrorAlert: false,
      }),
    );
    return answer.data;
  }

  /** Pieces of an answer that does not end; a refusal comes as a piece with its status. */
  listen(
    master: Master,
    path: string,
    params: Params,
  ): Observable<FetchResponse<Uint8Array | undefined>> {
    const url = this.addressOf(master, path);
    return getBackendSrv().chunked({ url, method: 'GET', params: { ...params } });
  }

  async askAll<T>(masters: readonly Master[], path: string, params: Params): Promise<Answers<T>> {
    const answers: MasterAnswer<T>[] = [];
    const failures: Failure[] = [];
    const asked = masters.map(async (master) => {
      try {
        answers.push({ master, view: await this.ask<T>(master, path, params) });
      } catch (error) {
        failures.push({ master, message: messageOf(error) });
      }
    });
    await Promise.all(asked);
    answers.sort((a, b) => a.master.index - b.master.index);
    return { answers, failures };
  }
}
