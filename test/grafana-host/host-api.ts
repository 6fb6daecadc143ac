/** What tests say to the host page through `window.host`; everything crosses as JSON. */

export interface QueryRequest {
  readonly targets: readonly Readonly<Record<string, unknown>>[];
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly maxDataPoints?: number;
  readonly explore?: boolean;
  readonly filters?: readonly { key: string; operator: string; value: string }[];
}

export interface FrameInput {
  readonly name?: string;
  readonly refId?: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly config?: Readonly<Record<string, unknown>>;
    readonly values: readonly unknown[];
  }[];
  readonly meta?: { readonly custom?: Readonly<Record<string, unknown>> };
}

export interface PanelRequest {
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Frames that a query left under this name. */
  readonly keep?: string;
  readonly frames?: readonly FrameInput[];
  readonly annotations?: readonly FrameInput[];
  readonly state?: string;
  readonly error?: string;
  readonly options?: Record<string, unknown>;
  readonly showOptions?: boolean;
}

export interface FrameSummary {
  readonly name: string;
  readonly refId: string;
  readonly length: number;
  readonly type: string;
  readonly preferred: string;
  readonly notices: readonly { severity: string; text: string }[];
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly unit: string;
    readonly labels: Readonly<Record<string, string>>;
    /** The first fifty. */
    readonly values: readonly unknown[];
  }[];
}

export interface QuerySummary {
  readonly packets: number;
  readonly frames: readonly FrameSummary[];
  readonly errors: readonly string[];
}

export interface AnnotationSummary {
  readonly time: number;
  readonly text: string;
  readonly tags: readonly string[];
}

/** A live query as it stands. */
export interface LiveSummary {
  readonly packets: number;
  readonly state: string;
  readonly errors: readonly string[];
  readonly frames: readonly FrameSummary[];
  /** Of the log lines, ascending. */
  readonly ids: readonly string[];
}

export interface HostApi {
  /** Asks and goes on listening; `live` tells what came. */
  listen(uid: string, ask: QueryRequest): void;
  live(uid: string): LiveSummary;
  variableValues(uid: string, query: unknown): Promise<string[]>;
  tagKeys(uid: string): Promise<string[]>;
  tagValues(uid: string, key: string): Promise<string[]>;
  /** As a dashboard makes annotations: prepared, asked, turned into events. */
  annotations(uid: string, annotation: object): Promise<AnnotationSummary[]>;
  /** What Grafana's inspector writes of the frames that a query left. */
  csv(key: string): string;
  renderVariableEditor(pluginId: string, uid: string, query: unknown): Promise<void>;
  renderAnnotationEditor(pluginId: string, uid: string, query: object): Promise<void>;
  renderHelp(pluginId: string, uid: string): Promise<void>;
  /** The stock table of Grafana's packages. */
  renderTable(key: string): void;
  addDataSource(pluginId: string, uid: string, jsonData: object): Promise<void>;
  query(uid: string, ask: QueryRequest, keep?: string): Promise<QuerySummary>;
  streamInto(uid: string, ask: QueryRequest, panel: { id: string; ask: PanelRequest }): void;
  stopStream(uid: string): void;
  renderPanel(pluginId: string, ask: PanelRequest): Promise<void>;
  renderConfigEditor(pluginId: string, uid: string, settings: object): Promise<void>;
  renderQueryEditor(pluginId: string, uid: string, query: object): Promise<void>;
  renderApp(pluginId: string): Promise<void>;
  setVariable(name: string, value: string | string[]): void;
  keepFrames(key: string, frames: readonly FrameInput[]): void;
  readonly calls: { call: string; value: unknown }[];
  location(): string;
}

declare global {
  interface Window {
    host: HostApi;
  }
}
