import { testDriver } from 'processor/testing';
import { expect, test } from 'vitest';
import convertReadings, { toCelsius } from '../processors/convert-readings.js';

const takenAt = new Date('2026-11-21T09:00:00Z');

test.each([
  { fahrenheit: 32, celsius: 0 },
  { fahrenheit: 212, celsius: 100 },
  { fahrenheit: -40, celsius: -40 },
])('$fahrenheit °F are $celsius °C, taken at the same time', ({ fahrenheit, celsius }) => {
  expect(toCelsius({ fahrenheit, takenAt })).toEqual({ celsius, takenAt });
});

test('every reading is converted, by the codecs that the processor has', async () => {
  // The real engine on a model of Kafka: no broker is needed, and no registry.
  const driver = await testDriver(convertReadings);
  driver.topic(convertReadings.input).send('porch', { fahrenheit: 50, takenAt });
  await driver.settle();
  const { celsiusReadings } = convertReadings.outputs;
  expect(driver.topic(celsiusReadings).records()).toMatchObject([{ key: 'porch', value: { celsius: 10, takenAt } }]);
});
