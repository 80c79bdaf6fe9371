import { ProtocolError } from "../src/core/mod.ts";
import { Counter, gauge, type MetricFamily } from "../src/ingest/mod.ts";
import { nodeSocketHost } from "../src/node/zmtp/socket_host.ts";
import type { Compressor, SnapshotRecord, SnapshotStore } from "../src/ports/mod.ts";
import { CommandLineRedactor } from "../src/protocols/snapshot/mod.ts";
import { Publisher } from "../src/sockets/mod.ts";

/** What it publishes with. */
export interface FramePublisherOptions {
  readonly compressor: Compressor | undefined;
  /** False takes the command lines out. */
  readonly showsCommandLines: boolean;
}

/**
 * Publishes what is stored on a ZeroMQ PUB socket: a message of two parts for each frame, the agent id and the frame. What a
 * slow subscriber does not take is dropped for it, and counted: acknowledgements never wait.
 */
export class FramePublisher {
  /** What is bound in truth. */
  readonly endpoint: string;
  readonly #socket: Publisher;
  readonly #options: FramePublisherOptions;
  readonly #published = new Counter("tidewire_published_frames_total", "Frames given to subscribers.");

  private constructor(socket: Publisher, endpoint: string, options: FramePublisherOptions) {
    this.#socket = socket;
    this.endpoint = endpoint;
    this.#options = options;
  }

  /** @throws ProtocolError `sockets/bind-failed`, `sockets/bad-endpoint` */
  static async bind(url: string, options: FramePublisherOptions): Promise<FramePublisher> {
    // Whoever has not taken it when the server ends reads it from the store.
    const socket = new Publisher(nodeSocketHost, { linger: 0 });
    return new FramePublisher(socket, await socket.bind(url), options);
  }

  /** A store that publishes what it has stored. */
  around(store: SnapshotStore): SnapshotStore {
    return {
      append: (batch) => {
        const done = store.append(batch);
        // Behind the acknowledgements, which go out as soon as `done` says so.
        done.then(
          () => setTimeout(() => this.#publish(batch), 0),
          () => {},
        );
        return done;
      },
      storedIds: () => store.storedIds(),
      close: () => store.close(),
    };
  }

  metricFamilies(): MetricFamily[] {
    const dropped = new Counter(
      "tidewire_publish_dropped_total",
      "Frames that subscribers were too slow for, each one's.",
    );
    dropped.add(this.#socket.droppedMessages);
    return [
      gauge("tidewire_subscribers", "Subscribers that are connected.", this.#socket.peers),
      this.#published.family(),
      dropped.family(),
    ];
  }

  async close(): Promise<void> {
    await this.#socket.close();
  }

  #publish(batch: readonly SnapshotRecord[]): void {
    if (this.#socket.closed || this.#socket.peers === 0) return;
    for (const { agentId, frames } of batch) {
      for (const frame of this.#shown(frames)) {
        this.#socket.trySend([agentId, frame]);
        this.#published.add();
      }
    }
  }

  #shown(frames: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#options.showsCommandLines) return frames;
    const redactor = new CommandLineRedactor(this.#options.compressor);
    try {
      return frames.flatMap((frame) => redactor.take(frame));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // The session has read it, so this can't be; what can't be redacted is not shown in any case.
      return [];
    }
  }
}
