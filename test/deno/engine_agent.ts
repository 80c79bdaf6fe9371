import { AgentEngine } from "../../src/agent/agent_engine.ts";
import type { AgentReport } from "../../src/agent/agent_events.ts";
import { AgentHost, utcOffsetMs } from "../../src/node/agent_host.ts";
import { systemClock } from "../../src/node/clock.ts";
import { systemEntropy } from "../../src/node/entropy.ts";
import { tcpDialer } from "../../src/node/tcp_dialer.ts";
import type { ByteStream, Dialer } from "../../src/ports/byte_stream.ts";
import type { MachineSample } from "../../src/ports/machine_sampler.ts";
import { ClientSession, idHex, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";

/** What an {@linkcode EngineAgent} is to be. */
export interface EngineAgentOptions {
  readonly agentId: string;
  readonly servers: readonly string[];
  readonly intervalMs: number;
  /** Processes in each sample; 2,000 make a snapshot of several parts. */
  readonly processes: number;
  /** tcpDialer when left out. */
  readonly dialer?: Dialer;
}

/** The real agent, engine and host, on a machine that is made up. */
export class EngineAgent {
  readonly reports: AgentReport[] = [];
  readonly agentId: string;
  readonly engine: AgentEngine;
  readonly #host: AgentHost;
  readonly #ended: Promise<unknown>;
  #wake = Promise.withResolvers<void>();

  constructor(options: EngineAgentOptions) {
    this.agentId = options.agentId;
    const session = new ClientSession({
      agentId: options.agentId,
      platform: PLATFORM_LINUX,
      agentVersion: "1.0.0",
      hostName: options.agentId,
      osRelease: "",
      capabilities: 0,
      entropy: systemEntropy,
      utcOffsetMs: utcOffsetMs(systemClock),
    });
    this.engine = new AgentEngine(
      {
        session,
        servers: options.servers,
        entropy: systemEntropy,
        intervalMs: options.intervalMs,
        selection: { all: true, top: 100, cmdline: false, redact: [] },
        outboxBytes: 64 * 1024 * 1024,
        drainTimeoutMs: 30_000,
        once: false,
      },
      systemClock.monotonicMs(),
    );
    this.#host = new AgentHost({
      engine: this.engine,
      sampler: { sample: () => Promise.resolve(sampleOf(options.processes)), close: () => {} },
      dialer: options.dialer ?? tcpDialer,
      clock: systemClock,
      onReport: (report) => {
        this.reports.push(report);
        const wake = this.#wake;
        this.#wake = Promise.withResolvers();
        wake.resolve();
      },
    });
    this.#ended = this.#host.run();
  }

  /** The ids of what it was told is stored, in the order of the telling. */
  get stored(): string[] {
    return this.reports.flatMap((report) => (report.type === "stored" ? [idHex(report.snapshotId)] : []));
  }

  /** The ids of what it sampled, in order. */
  get sampled(): string[] {
    return this.reports.flatMap((report) => (report.type === "sampled" ? [idHex(report.snapshotId)] : []));
  }

  of<T extends AgentReport["type"]>(type: T): (AgentReport & { type: T })[] {
    return this.reports.filter((report): report is AgentReport & { type: T } => report.type === type);
  }

  /** Waits until it was told that so many are stored. */
  async storedCount(count: number): Promise<void> {
    while (this.stored.length < count) await this.#wake.promise;
  }

  /** Waits until everything it sampled is stored, and stops. */
  async drain(): Promise<void> {
    this.#host.stop();
    await this.#ended;
  }
}

/** What becomes of one connection of a {@linkcode faultyDialer}. */
export interface ConnectionFault {
  /** It breaks once so many bytes were written; what is over is not sent. */
  readonly cutAfterBytes?: number;
  /** Nothing that the server says is heard from so many chunks on. */
  readonly deafAfterChunks?: number;
}

/** Dials for real, and breaks the first connections as it is told. */
export function faultyDialer(faults: readonly ConnectionFault[]): Dialer {
  let dialled = 0;
  return {
    async dial(address) {
      const fault = faults[dialled++];
      const stream = await tcpDialer.dial(address);
      return fault === undefined ? stream : faulty(stream, fault);
    },
  };
}

function faulty(stream: ByteStream, { cutAfterBytes, deafAfterChunks }: ConnectionFault): ByteStream {
  let leftBytes = cutAfterBytes ?? Number.POSITIVE_INFINITY;
  let leftChunks = deafAfterChunks ?? Number.POSITIVE_INFINITY;
  return {
    remoteAddress: stream.remoteAddress,
    async read() {
      for (;;) {
        const chunk = await stream.read();
        if (chunk === undefined || leftChunks-- > 0) return chunk;
      }
    },
    async write(chunks) {
      for (const chunk of chunks) {
        const part = chunk.subarray(0, leftBytes);
        if (part.length > 0) await stream.write([part]);
        leftBytes -= part.length;
        if (part.length === chunk.length) continue;
        stream.close();
        throw new Error("cut");
      }
    },
    close: () => stream.close(),
  };
}

function sampleOf(processes: number): MachineSample {
  const nowMs = Date.now();
  return {
    windowStartMs: nowMs - 100,
    windowEndMs: nowMs,
    cpuTotalPct: 12,
    memUsedBytes: 1_000_000,
    memTotalBytes: 2_000_000,
    processTotal: processes,
    processes: Array.from({ length: processes }, (_, i) => ({
      pid: i + 1,
      name: `process-of-a-long-name-${crypto.randomUUID()}`,
      cpuPct: 1 / (i + 1),
      rssBytes: 4_096 * i,
      cmdline: null,
    })),
  };
}
