// Where the files of a Kafka in memory are, below the folder of the project (memory-files.ts). What stands in `memoryFolder` itself is
// the user's and never removed; the outputs are written anew at each start, so they have a folder of their own.

export const memoryFolder = '.processor/memory';

/** Below it. */
export const memoryOutputs = 'out';
