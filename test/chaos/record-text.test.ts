import { expect, test } from 'vitest';
import { inputValue, outputValue, parseRecord } from '../../chaos/record-text.js';
import { keyText } from '../../chaos/steps.js';
import { text } from '../../src/codecs/text.js';

const key = Buffer.from(keyText(12));

test('a record is read as it was written, with and without a source', () => {
  const none = { fromPartition: -1, fromOffset: -1 };
  expect(parseRecord(key, inputValue(3, 77))).toEqual({ key: 12, seq: 3, payload: 77, ...none });
  const from = { seq: 3, payload: 78, fromPartition: 5, fromOffset: 901 };
  expect(parseRecord(key, Buffer.from(outputValue(from)))).toEqual({ key: 12, ...from });
});

test('a payload of -1 is no text for the processor, and yet tells who it is', async () => {
  const value = inputValue(3, -1);
  const serde = await text().open({ topic: 'in', part: 'value', use: 'read', registerSchemas: false });
  expect(() => serde.decode(value, 0, value.length)).toThrow();
  expect(parseRecord(key, value)).toMatchObject({ key: 12, seq: 3, payload: -1 });
});

test('what no process of a run has written is refused', () => {
  expect(() => parseRecord(key, Buffer.from('hello'))).toThrow('no record of a chaos run');
  expect(() => parseRecord(key, null)).toThrow('without key or value');
});
