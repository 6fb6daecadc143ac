/** Grafana's back-end service as plugins see it: fetch and chunked answers as observables, its shape of errors. */
import type { BackendSrv, BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { lastValueFrom, Observable } from 'rxjs';

function addressOf(options: BackendSrvRequest): URL {
  const url = new URL(options.url, `${location.origin}/`);
  for (const [name, value] of Object.entries(options.params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  return url;
}

function initOf(options: BackendSrvRequest, signal: AbortSignal): RequestInit {
  const headers = new Headers(options.headers as HeadersInit | undefined);
  const method = options.method ?? 'GET';
  if (options.data === undefined) return { method, headers, signal };
  const text = typeof options.data === 'string' ? options.data : JSON.stringify(options.data);
  if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  return { method, headers, signal, body: text };
}

async function bodyOf(response: Response, options: BackendSrvRequest): Promise<unknown> {
  const text = await response.text();
  if (options.responseType === 'text') return text;
  try {
    return JSON.parse(text);
  } catch {
    // Grafana hands the text over when it is no JSON.
    return text;
  }
}

function answer<T>(response: Response, options: BackendSrvRequest, data: T): FetchResponse<T> {
  const { status, statusText, ok, headers, redirected, type, url } = response;
  return { status, statusText, ok, headers, redirected, type, url, config: options, data };
}

function fetchOnce<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const ask = async () => {
      const response = await fetch(addressOf(options), initOf(options, controller.signal));
      const data = (await bodyOf(response, options)) as T;
      if (!response.ok) {
        const { status, statusText } = response;
        subscriber.error({ status, statusText, data, config: options, isHandled: false });
        return;
      }
      subscriber.next(answer(response, options, data));
      subscriber.complete();
    };
    ask().catch((error: unknown) => {
      if (controller.signal.aborted) return;
      const data = { message: String(error) };
      subscriber.error({ status: 0, statusText: 'Request failed', data, config: options });
    });
    return () => controller.abort();
  });
}

function chunked(options: BackendSrvRequest): Observable<FetchResponse<Uint8Array | undefined>> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const read = async () => {
      const response = await fetch(addressOf(options), initOf(options, controller.signal));
      // As in core: a refusal is no error here, its pieces come with its status.
      const reader = response.body?.getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        subscriber.next(answer<Uint8Array | undefined>(response, options, value));
        if (done) break;
      }
      subscriber.complete();
    };
    read().catch((error: unknown) => {
      if (!controller.signal.aborted) subscriber.error(error);
    });
    return () => controller.abort();
  });
}

export function makeBackend(): BackendSrv {
  const request = async <T,>(options: BackendSrvRequest): Promise<T> =>
    (await lastValueFrom(fetchOnce<T>(options))).data;
  const verb = (method: string) => (url: string, data?: unknown) => request({ url, data, method });
  const service = {
    fetch: fetchOnce,
    chunked,
    request,
    datasourceRequest: (options: BackendSrvRequest) => lastValueFrom(fetchOnce(options)),
    get: (url: string, params?: Record<string, unknown>) => request({ url, params, method: 'GET' }),
    post: verb('POST'),
    put: verb('PUT'),
    patch: verb('PATCH'),
    delete: verb('DELETE'),
  };
  // The parts that core keeps to itself (folders, snapshots) are not the plugins' business.
  return service as unknown as BackendSrv;
}
