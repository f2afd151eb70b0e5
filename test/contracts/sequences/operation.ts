// What a random sequence is made of: plain data, so that a sequence can be kept, printed and run again anywhere.

export type Operation = ProducerOperation | GroupOperation;

export type ProducerOperation =
  /** Connects a producer with one of the sequence's ids; several may have the same one. The transactions of a hurried one time out soon. */
  | { readonly do: 'open'; readonly producer: number; readonly id: number; readonly isHurried: boolean }
  | { readonly do: 'init'; readonly producer: number }
  | { readonly do: 'begin'; readonly producer: number }
  | { readonly do: 'send'; readonly producer: number; readonly partition: number; readonly records: number }
  | ({ readonly do: 'send-offset'; readonly producer: number } & MemberOffset)
  /** Waits until the brokers have ended its transaction, which has records. */
  | { readonly do: 'outwait'; readonly producer: number }
  | { readonly do: 'commit'; readonly producer: number }
  | { readonly do: 'abort'; readonly producer: number }
  | { readonly do: 'close'; readonly producer: number };

export type GroupOperation =
  /** Opens a member; all of the group poll until each has its share. What they own they read from the beginning. */
  | { readonly do: 'join'; readonly group: number; readonly member: number }
  | { readonly do: 'leave'; readonly group: number; readonly member: number }
  /** All poll until everything that they can have has come. */
  | { readonly do: 'take'; readonly group: number }
  /** The partition's owner, whoever that is, reads it from there. */
  | { readonly do: 'rewind'; readonly group: number; readonly partition: number; readonly offset: number }
  | { readonly do: 'pause'; readonly group: number; readonly partition: number }
  | { readonly do: 'resume'; readonly group: number; readonly partition: number }
  | { readonly do: 'position'; readonly group: number; readonly partition: number }
  | { readonly do: 'committed'; readonly group: number; readonly member: number; readonly partition: number }
  /** Outside of any transaction. */
  | ({ readonly do: 'commit-offset' } & MemberOffset)
  /** An idempotent producer that the whole sequence shares. */
  | { readonly do: 'deliver'; readonly partition: number; readonly records: number };

export interface MemberOffset {
  readonly group: number;
  readonly member: number;
  readonly partition: number;
  readonly offset: number;
}

/** How many there are of each. */
export const sizes = { partitions: 3, producers: 3, ids: 2, groups: 3, members: 3 } as const;

/** How the groups share their partitions, by number: the classic protocol in its two ways, and KIP-848. */
export const protocols = [
  { assignmentStrategy: 'cooperative-sticky' },
  { assignmentStrategy: 'range' },
  { groupProtocol: 'consumer' },
] as const;

/** As a line of a list: what one does, in words. */
export function tell(operation: Operation): string {
  const who = 'producer' in operation ? `producer ${operation.producer}` : '';
  const member = 'member' in operation ? `member ${operation.group}.${operation.member}` : '';
  const owner =
    'partition' in operation && 'group' in operation
      ? `group ${operation.group}, partition ${operation.partition}`
      : '';
  switch (operation.do) {
    case 'open':
      return `${who} opens with id ${operation.id}${operation.isHurried ? ', hurried' : ''}`;
    case 'send':
      return `${who} sends ${operation.records} to partition ${operation.partition}`;
    case 'send-offset':
      return `${who} sends offset ${operation.offset} of partition ${operation.partition} for ${member}`;
    case 'init':
    case 'begin':
    case 'outwait':
    case 'commit':
    case 'abort':
    case 'close':
      return `${who}: ${operation.do}`;
    case 'join':
    case 'leave':
      return `${member}: ${operation.do}`;
    case 'committed':
      return `${member}: committed offset of partition ${operation.partition}`;
    case 'commit-offset':
      return `${member} commits ${operation.offset} of partition ${operation.partition}`;
    case 'take':
      return `group ${operation.group} takes what is there`;
    case 'rewind':
      return `${owner}: rewind to ${operation.offset}`;
    case 'pause':
    case 'resume':
    case 'position':
      return `${owner}: ${operation.do}`;
    case 'deliver':
      return `${operation.records} are delivered to partition ${operation.partition}`;
  }
}
