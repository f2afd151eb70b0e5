import { expect, test } from 'vitest';
import { toCelsius } from '../processors/convert-readings.js';

const takenAt = new Date('2026-11-21T09:00:00Z');

test.each([
  { fahrenheit: 32, celsius: 0 },
  { fahrenheit: 212, celsius: 100 },
  { fahrenheit: -40, celsius: -40 },
])('$fahrenheit °F are $celsius °C, taken at the same time', ({ fahrenheit, celsius }) => {
  expect(toCelsius({ fahrenheit, takenAt })).toEqual({ celsius, takenAt });
});
