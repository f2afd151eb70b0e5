// Converts readings of thermometers from Fahrenheit to Celsius. Both topics are Avro: their schemas live in a schema registry,
// and the types of what is read and written are computed from the schemas here.

import { avro, deadLetter, processor, type Reads, text, topic, type Writes } from 'processor';

const readings = topic('readings', {
  key: text(),
  value: avro({
    type: 'record',
    name: 'Reading',
    fields: [
      { name: 'fahrenheit', type: 'double' },
      { name: 'takenAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    ],
  }),
  partitions: 4,
});

const celsiusReadings = topic('celsius-readings', {
  key: text(),
  value: avro({
    type: 'record',
    name: 'CelsiusReading',
    fields: [
      { name: 'celsius', type: 'double' },
      { name: 'takenAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    ],
  }),
  partitions: 4,
});

export type Reading = Reads<(typeof readings)['value']>;
export type CelsiusReading = Writes<(typeof celsiusReadings)['value']>;

/** What a reading becomes. It knows nothing of Kafka, and is tested as what it is: a function. */
export function toCelsius({ fahrenheit, takenAt }: Reading): CelsiusReading {
  return { celsius: ((fahrenheit - 32) * 5) / 9, takenAt };
}

export default processor({
  name: 'convert-readings',
  input: readings,
  outputs: { celsiusReadings },
  // What is no reading goes to the topic convert-readings.dlq; the others go on.
  onError: { decode: deadLetter() },
  handle(reading, { out }) {
    out.celsiusReadings(reading.key, toCelsius(reading.value));
  },
});
