// What a random sequence is made of: plain data, so that a sequence can be kept, printed and run again anywhere.

export type Operation = ProducerOperation;

export type ProducerOperation =
  /** Connects a producer with one of the sequence's transactional ids; several may have the same one. */
  | { readonly do: 'open'; readonly producer: number; readonly id: number }
  | { readonly do: 'init'; readonly producer: number }
  | { readonly do: 'begin'; readonly producer: number }
  | { readonly do: 'send'; readonly producer: number; readonly partition: number; readonly records: number }
  | { readonly do: 'commit'; readonly producer: number }
  | { readonly do: 'abort'; readonly producer: number }
  | { readonly do: 'close'; readonly producer: number };

/** How many there are of each. */
export const sizes = { partitions: 2, producers: 3, ids: 2 } as const;

/** As a line of a list: what one does, in words. */
export function tell(operation: Operation): string {
  const who = `producer ${operation.producer}`;
  switch (operation.do) {
    case 'open':
      return `${who} opens with id ${operation.id}`;
    case 'send':
      return `${who} sends ${operation.records} to partition ${operation.partition}`;
    case 'init':
    case 'begin':
    case 'commit':
    case 'abort':
    case 'close':
      return `${who}: ${operation.do}`;
  }
}
