/** A capture to look at without having one: two agents for ten minutes, with what goes wrong in the field. */
import {
  type ControlMessage,
  encodeControl,
  encodeFrame,
  encodeSegmentHeader,
  encodeSnapshot,
  FLAG_SEGMENTED,
  type MessageType,
  type ProcessRow,
} from "../../src/protocols/snapshot/mod.ts";

const START_MS = 1_767_225_600_000;
const INTERVAL_MS = 10_000;
const TICKS = 60;
/** The tick in which db-1's memory begins to run full. */
const LEAK_TICK = 34;
const PART_BYTES = 2_400;
const AGENTS = ["db-1", "web-7"] as const;
const NAMES = [
  "postgres",
  "deno",
  "systemd",
  "sshd",
  "node",
  "chrome",
  "kworker/0:1",
  "nginx",
  "redis-server",
  "java",
  "cron",
  "rsyslogd",
];

/** The bytes of the demonstration: always the same. */
export function demoCapture(): Uint8Array {
  const writer = new DemoWriter();
  for (const agentId of AGENTS) writer.connect(agentId);
  for (let tick = 0; tick < TICKS; tick++) {
    for (const agentId of AGENTS) writer.snapshot(agentId, tick);
    if (tick % 6 === 5) writer.heartbeat(AGENTS[tick % 2]!);
    if (tick === 20) writer.throttle("web-7", 2_000, "store is behind");
    if (tick === 26) writer.throttle("web-7", 0, "");
  }
  return writer.finish();
}

class DemoWriter {
  readonly #frames: Uint8Array[] = [];
  #seed = 0x7e57;
  #nowMs = START_MS;

  connect(agentId: string): void {
    const osRelease = "Linux 6.1";
    const handshakeId = this.#control(agentId, {
      type: "handshake",
      payload: {
        minMajor: 1,
        minMinor: 0,
        maxMajor: 1,
        maxMinor: 0,
        capabilities: 6,
        agentVersion: "1.4.2",
        hostName: `${agentId}.example`,
        osRelease,
        extensions: [],
      },
    });
    const limits = { targetSnapshotBytes: PART_BYTES, maxFrameBytes: 262_144, maxUnstoredSnapshots: 64 };
    this.#control(agentId, {
      type: "handshakeAck",
      payload: {
        handshakeId,
        chosenMajor: 1,
        chosenMinor: 0,
        compression: 0,
        heartbeatIntervalMs: 30_000,
        ...limits,
        throttleDelayMs: 0,
        extensions: [],
      },
    });
  }

  heartbeat(agentId: string): void {
    this.#control(agentId, { type: "heartbeat", payload: { queuedSnapshots: 1, droppedSnapshots: 0, extensions: [] } });
  }

  throttle(agentId: string, throttleDelayMs: number, reason: string): void {
    this.#control(agentId, { type: "backpressure", payload: { throttleDelayMs, reason, extensions: [] } });
  }

  snapshot(agentId: string, tick: number): void {
    this.#nowMs = START_MS + (tick + 1) * INTERVAL_MS + (agentId === "db-1" ? 40 : 310);
    const snapshotId = this.#id();
    const payload = this.#payload(agentId, tick, snapshotId);
    if (tick % 10 !== 3) {
      const messageId = this.#id();
      const frame = this.#frame(agentId, "snapshot", 0, messageId, payload);
      if (agentId === "db-1" && tick === 12) {
        this.#damage(frame, 300, 0x10);
        return;
      }
      if (agentId === "web-7" && tick === 41) {
        this.#damage(frame, 2, 0x40);
        return;
      }
      if (agentId === "web-7" && tick === 47)
        this.#frames.push(new TextEncoder().encode("\0\0\0core dumped: not a frame\0\0\0"));
      this.#acknowledge(agentId, messageId, tick === 55 && agentId === "db-1" ? 2 : 1);
      // Its acknowledgement was lost on the way, so it came again.
      if (agentId === "web-7" && tick === 30) this.#frames.push(frame);
      return;
    }
    const partCount = Math.ceil(payload.length / PART_BYTES);
    for (let partIndex = 0; partIndex < partCount; partIndex++) {
      const offset = partIndex * PART_BYTES;
      const header = encodeSegmentHeader({ snapshotId, partIndex, partCount, totalBytes: payload.length, offset });
      const messageId = this.#id();
      const slice = payload.subarray(offset, offset + PART_BYTES);
      const frame = encodeFrame(this.#envelope(agentId, "snapshot", FLAG_SEGMENTED, messageId), header, slice);
      // One part was never captured.
      if (tick === 23 && agentId === "db-1" && partIndex === 1) continue;
      this.#frames.push(frame);
      this.#acknowledge(agentId, messageId, partIndex === partCount - 1 ? 1 : 0);
    }
  }

  /** The last frame is cut, as when a disk was full. */
  finish(): Uint8Array {
    const last = this.#frames.pop()!;
    this.#frames.push(last.subarray(0, Math.floor(last.length / 2)));
    const bytes = new Uint8Array(this.#frames.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const frame of this.#frames) {
      bytes.set(frame, at);
      at += frame.length;
    }
    return bytes;
  }

  #payload(agentId: string, tick: number, snapshotId: Uint8Array): Uint8Array {
    const isDb = agentId === "db-1";
    const wave = Math.sin(tick / (isDb ? 7 : 4)) * 0.5 + 0.5;
    const busy = isDb && tick >= 40 && tick < 48 ? 60 : 0;
    const leak = isDb ? Math.max(0, tick - LEAK_TICK) * 260_000_000 : 0;
    const count = tick % 10 === 3 ? 96 : 24;
    const processes: ProcessRow[] = Array.from({ length: count }, (_, at) => {
      const name = NAMES[at % NAMES.length]!;
      const share = at === 0 && isDb ? wave * 30 + busy : this.#random() * (18 / (at + 1)) + (at === 1 ? wave * 20 : 0);
      const cmdline = at % 3 === 0 ? null : `/usr/bin/${name} --worker ${at} --listen 127.0.0.1:${7000 + at}`;
      return {
        pid: 400 + at * 37,
        name,
        cpuPct: Math.fround(share),
        rssBytes: Math.floor(this.#random() * 9e7) + 4_000_000 + (at === 0 ? leak : 0),
        cmdline,
      };
    }).sort((a, b) => b.cpuPct - a.cpuPct || a.pid - b.pid);
    const windowEndMs = START_MS + (tick + 1) * INTERVAL_MS;
    return encodeSnapshot({
      snapshotId,
      windowStartMs: windowEndMs - INTERVAL_MS,
      windowEndMs,
      cpuTotalPct: Math.fround(Math.min(100, 12 + wave * 38 + busy * 0.8)),
      selection: 4,
      memUsedBytes: 6_200_000_000 + Math.floor(wave * 4e8) + leak,
      memTotalBytes: 16_777_216_000,
      processTotal: 312,
      processes,
      extensions: [],
    });
  }

  #acknowledge(agentId: string, ackedId: Uint8Array, status: number): void {
    this.#nowMs += 8 + Math.floor(this.#random() * 40);
    const refused = { errorCode: 4, detail: "processes out of order" };
    const said = status === 2 ? refused : { errorCode: 0, detail: "" };
    this.#control(agentId, { type: "ack", payload: { ackedId, status, ...said, extensions: [] } });
  }

  /** Gives the message's id. */
  #control(agentId: string, message: ControlMessage): Uint8Array {
    const messageId = this.#id();
    this.#frame(agentId, message.type, 0, messageId, encodeControl(message));
    return messageId;
  }

  #frame(agentId: string, type: MessageType, flags: number, messageId: Uint8Array, payload: Uint8Array): Uint8Array {
    const frame = encodeFrame(this.#envelope(agentId, type, flags, messageId), payload);
    this.#frames.push(frame);
    return frame;
  }

  #envelope(
    agentId: string,
    type: MessageType,
    flags: number,
    messageId: Uint8Array,
  ): Parameters<typeof encodeFrame>[0] {
    const version = { major: 1, minor: 0 };
    return { version, type, flags, platform: 2, messageId, timestampUtcMs: this.#nowMs, agentId, extensions: [] };
  }

  /** Flips a bit of the frame that was written last. */
  #damage(frame: Uint8Array, at: number, bits: number): void {
    frame[at]! ^= bits;
  }

  #id(): Uint8Array {
    return Uint8Array.from({ length: 16 }, () => Math.floor(this.#random() * 256));
  }

  /** Mulberry32: the same bytes whenever the demonstration is shown. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
