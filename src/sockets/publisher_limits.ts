import { MAX_SUBSCRIPTIONS, MAX_TOPIC_BYTES } from "./open_socket.ts";
import type { TopicOptions } from "./socket_options.ts";

/** What one peer may subscribe to. */
export function publisherLimits(options: TopicOptions): {
  readonly maxSubscriptions: number;
  readonly maxTopicBytes: number;
} {
  const { maxSubscriptions = MAX_SUBSCRIPTIONS, maxTopicBytes = MAX_TOPIC_BYTES } = options;
  return { maxSubscriptions, maxTopicBytes };
}
