// How the members of a run's groups share their partitions: the four ways that users may choose (E15), as settings of the client.

export const protocols = ['cooperative', 'range', 'consumer', 'static'] as const;
export type Protocol = (typeof protocols)[number];

/** `member` is the name that a static member keeps when it comes back. */
export function membership(
  protocol: Protocol,
  sessionMs: number,
  member: string,
): Readonly<Record<string, string | number>> {
  const session = { 'session.timeout.ms': sessionMs };
  switch (protocol) {
    case 'cooperative':
      return session;
    case 'range':
      return { ...session, 'partition.assignment.strategy': 'range' };
    case 'consumer':
      // KIP-848: how long a session lasts is the broker's to say, see groupProperties.
      return { 'group.protocol': 'consumer', 'group.remote.assignor': 'range' };
    case 'static':
      return { ...session, 'group.instance.id': member };
  }
}

export function protocolOf(text: string): Protocol {
  const protocol = protocols.find((known) => known === text);
  if (protocol === undefined) throw new Error(`--protocol ${text} is none of ${protocols.join(', ')}`);
  return protocol;
}
