import definitions from "otlp-definitions/build/src/generated/root.js";

/** A gauge's point, as it came in. */
export interface ReceivedPoint {
  readonly host: string;
  readonly metric: string;
  readonly unit: string;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number;
}

/** A compiled message definition, as far as it is used here. */
interface Definition {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: { readonly longs: typeof Number; readonly arrays: true }): DecodedRequest;
}

/** A request of gauges, which is all that the sink sends. */
interface DecodedRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly DecodedGauge[] }[];
  }[];
}

interface DecodedGauge {
  readonly name: string;
  readonly unit: string;
  readonly gauge: {
    readonly dataPoints: readonly {
      readonly timeUnixNano: number;
      readonly attributes: readonly KeyValue[];
      readonly asDouble: number;
    }[];
  };
}

// The module's types know less than the module.
const { opentelemetry } = definitions as unknown as {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: { readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: Definition } } };
    };
  };
};
const { ExportMetricsServiceRequest } = opentelemetry.proto.collector.metrics.v1;

/** An OTLP/HTTP endpoint that decodes what comes with OpenTelemetry's own definitions. */
export class OtlpCollector {
  readonly points: ReceivedPoint[] = [];
  /** What it answers; 200 keeps what came. */
  status = 200;
  requests = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #wake = Promise.withResolvers<void>();

  constructor(port = 0) {
    const options = { hostname: "127.0.0.1", port, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const bytes = new Uint8Array(await request.arrayBuffer());
      return this.#answer(request, bytes);
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Waits until something holds of what came in. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#wake.promise;
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request, bytes: Uint8Array): Response {
    this.requests++;
    const isExport = request.method === "POST" && new URL(request.url).pathname === "/v1/metrics";
    if (!isExport || request.headers.get("content-type") !== "application/x-protobuf") {
      return new Response(null, { status: 404 });
    }
    if (this.status === 200) this.points.push(...decode(bytes));
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve();
    return new Response(new Uint8Array(0), {
      status: this.status,
      headers: { "content-type": "application/x-protobuf" },
    });
  }
}

function decode(bytes: Uint8Array): ReceivedPoint[] {
  const request = ExportMetricsServiceRequest.toObject(ExportMetricsServiceRequest.decode(bytes), {
    longs: Number,
    arrays: true,
  });
  const points: ReceivedPoint[] = [];
  for (const { resource, scopeMetrics } of request.resourceMetrics) {
    const host = String(attributesOf(resource.attributes)["host.id"]);
    for (const { name, unit, gauge } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      for (const { timeUnixNano, attributes, asDouble } of gauge.dataPoints) {
        const endMs = Math.round(timeUnixNano / 1e6);
        points.push({ host, metric: name, unit, endMs, attributes: attributesOf(attributes), value: asDouble });
      }
    }
  }
  return points;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

function attributesOf(pairs: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
