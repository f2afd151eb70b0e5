// Where the files of a Kafka in memory are, below the folder of the project (memory-files.ts).

export const memoryFolder = '.processor/memory';
