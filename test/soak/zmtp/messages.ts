/** What the sockets under watch are spoken to by: each role is one of them, and `n / ROLES.length` peers have it. */
export const ROLES = ["push", "dealer", "sub", "req", "router", "pub", "pull", "rep"] as const;

/** The type of a peer's socket. */
export type Role = (typeof ROLES)[number];

/** Peers of these connect to the hub; the others are bound, and the hub connects to them. */
export const CONNECTING: readonly Role[] = ["push", "dealer", "sub", "req"];

/** Where the hub is bound, by the role of who connects there. */
export type Places = Readonly<Partial<Record<Role, string>>>;

/** What a process of peers is told at its start. */
export interface PeerTask {
  /** Peers have numbers; their roles follow from them. */
  readonly firstPeer: number;
  readonly peers: number;
  /** A loopback address of its own: nobody else's port is ever the one that a peer is to be bound at again. */
  readonly host: string;
  readonly places: Places;
  /** Where peers of this process were bound before it was killed, by their number. */
  readonly bound: Readonly<Record<number, string>>;
  readonly seed: number;
}

/** What a peer can do on demand. */
export type PeerDeed =
  /** The connection breaks, in the middle of a chunk or between two. */
  | "cut"
  /** A bound peer goes, and is bound again. */
  | "rebind"
  /** A connecting peer closes its socket, and another comes in its place. */
  | "leave";

/** To a process of peers. */
export type ToPeers = { readonly type: "do"; readonly deed: PeerDeed; readonly peer: number } | Pace;

/** To all: whether messages are sent. */
export interface Pace {
  readonly type: "pace";
  readonly isBusy: boolean;
}

/** From a process of peers, once all of them are there. */
export interface FromPeers {
  readonly type: "bound";
  readonly bound: Readonly<Record<number, string>>;
}

/** To the hub. */
export type ToHub =
  | { readonly type: "connect"; readonly role: Role; readonly endpoint: string }
  | Pace
  /** Collect garbage first, or take it as it is. */
  | { readonly type: "sample"; readonly collects: boolean }
  /** Close all sockets; a sample follows. */
  | { readonly type: "close" };

/** From the hub. */
export type FromHub =
  | { readonly type: "ready"; readonly places: Places; readonly idle: HubSample }
  | { readonly type: "sample"; readonly sample: HubSample };

/** What the hub is like at one moment. */
export interface HubSample {
  /** Connections whose handshake is done, of all sockets. */
  readonly peers: number;
  /** Handshakes that were ever done. */
  readonly handshakes: number;
  readonly sent: number;
  readonly received: number;
  /** Messages that were not as they were sent. */
  readonly broken: number;
  /** `process.getActiveResourcesInfo()`, counted by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** Living objects of the classes that there is one of for each connection; counted only when garbage is collected. */
  readonly objects: Readonly<Record<string, number>>;
  readonly heapBytes: number;
  /** What array buffers hold beside the heap. */
  readonly bufferBytes: number;
  readonly rssBytes: number;
}
