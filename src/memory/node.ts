// One broker of the model as the network sees it: whether it is up, and who is connected to it.

export type NodeId = number;

/** What somebody holds to a node, and loses when it goes down. */
export interface Connected {
  /** The node is gone, with all that was on its way to it or waited in it. */
  broken(): void;
}

export class Node {
  readonly id: NodeId;
  readonly connections = new Set<Connected>();
  #isUp = true;
  #starts = 1;

  constructor(id: NodeId) {
    this.id = id;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** How often it was started: what was sent to it before its last start reaches nobody. */
  get starts(): number {
    return this.#starts;
  }

  stop(): void {
    this.#isUp = false;
    this.#starts++;
    const connections = [...this.connections];
    this.connections.clear();
    for (const connection of connections) connection.broken();
  }

  start(): void {
    this.#isUp = true;
  }
}
