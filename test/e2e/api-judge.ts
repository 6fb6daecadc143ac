/** Holds answers of the API against the document that the same exporter serves. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export interface DocumentedParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: {
    readonly type: 'string' | 'integer' | 'array';
    readonly enum?: readonly string[];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly maxLength?: number;
    readonly maxItems?: number;
    readonly pattern?: string;
    readonly items?: { readonly enum?: readonly string[] };
  };
}

interface Operation {
  readonly parameters: readonly DocumentedParameter[];
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Answer>>;
  };
}

export class ApiJudge {
  readonly document: OpenApi;
  /** `path status` of all that was judged. */
  readonly seen = new Set<string>();
  readonly #url: string;
  readonly #ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  readonly #checks = new Map<string, ValidateFunction>();

  constructor(url: string, document: OpenApi) {
    this.#url = url;
    this.document = document;
    // Where references lead to; and notes on parameters that judge nothing.
    this.#ajv.addKeyword('components');
    this.#ajv.addSchema({ $id: 'api', components: { schemas: document.components.schemas } });
  }

  /** `url`: of the exporter, without a path. */
  static async of(url: string): Promise<ApiJudge> {
    const answer = await fetch(`${url}/api/v1/openapi.json`);
    return new ApiJudge(url, (await answer.json()) as OpenApi);
  }

  /** The body of an answer that is as the document says; `query` without `?`. */
  async ask(
    path: string,
    query = '',
    options: { readonly headers?: Record<string, string>; readonly method?: string } = {},
  ): Promise<{ readonly status: number; readonly body: unknown; readonly response: Response }> {
    const address = `${path.replace(/^\/api\/v1/, '')}${query === '' ? '' : `?${query}`}`;
    const response = await fetch(`${this.#url}/api/v1${address}`, options);
    const template = this.#templateOf(path);
    const text = await response.text();
    const what = `${options.method ?? 'GET'} ${address.slice(0, 200)}: ${response.status}`;
    if (template === undefined) throw new Error(`${what}: the document has no such path`);
    this.seen.add(`${template} ${response.status}`);
    const body = this.#judge(what, { template, response, text });
    return { status: response.status, body, response };
  }

  #templateOf(path: string): string | undefined {
    const { pathname } = new URL(this.#url + path);
    const templates = Object.keys(this.document.paths);
    const shaped = (template: string) =>
      new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/, '[^/]+')}$`);
    return templates.find((each) => each === pathname || shaped(each).test(pathname));
  }

  #judge(
    what: string,
    got: { readonly template: string; readonly response: Response; readonly text: string },
  ): unknown {
    const { template, response, text } = got;
    const documented = this.document.paths[template]?.get.responses[String(response.status)];
    if (documented === undefined) throw new Error(`${what}: the status is not documented`);
    const answer = this.#followed(documented);
    for (const name of Object.keys(answer.headers ?? {})) {
      if (!response.headers.has(name)) throw new Error(`${what}: lacks the header ${name}`);
    }
    const type = response.headers.get('content-type')?.split(';')[0];
    if (answer.content === undefined) {
      if (text !== '') throw new Error(`${what}: has a body`);
      return undefined;
    }
    const schema = answer.content[type ?? '']?.schema;
    if (schema === undefined) throw new Error(`${what}: the type ${type} is not documented`);
    const body: unknown = JSON.parse(text);
    const check = this.#checkOf(schema);
    if (!check(body)) {
      const [first] = check.errors ?? [];
      throw new Error(
        `${what}: ${first?.instancePath} ${first?.message} in ${text.slice(0, 2000)}`,
      );
    }
    return body;
  }

  #followed(answer: Answer): Answer {
    const name = answer.$ref?.replace('#/components/responses/', '');
    return name === undefined ? answer : (this.document.components.responses[name] ?? answer);
  }

  /** Of a value that is no body of its own, such as `data` of the stream. */
  checkNamed(name: string, value: unknown): string | undefined {
    const [type, property] = name.split('.');
    const place = property === undefined ? '' : `/properties/${property}`;
    const check = this.#checkOf({ $ref: `#/components/schemas/${type}${place}` });
    return check(value) ? undefined : this.#ajv.errorsText(check.errors);
  }

  #checkOf(schema: object): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
    const known = this.#checks.get(text);
    if (known !== undefined) return known;
    const check = this.#ajv.compile(JSON.parse(text));
    this.#checks.set(text, check);
    return check;
  }
}
