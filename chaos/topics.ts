// The topics of a chaos run, as its processors know them.

import { text, topic } from 'processor';
import { firstStep, partitionCount } from './steps.js';

const settings = { partitions: partitionCount };

export const input = topic(firstStep.input, { key: text(), value: text(), ...settings });
export const mid = topic('chaos-mid', { key: text(), value: text(), ...settings });
export const audit = topic('chaos-audit', { key: text(), value: text(), ...settings });
export const out = topic('chaos-out', { key: text(), value: text(), ...settings });
