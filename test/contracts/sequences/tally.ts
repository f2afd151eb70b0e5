// What many sequences have shown. One that the machine was too slow for is compared up to there only: where many are, the run has
// shown little, whatever it has compared.

import type { Trial } from './try.js';

export class Tally {
  played = 0;
  /** Those that were compared. */
  operations = 0;
  different = 0;
  /** Not compared to their end. */
  late = 0;

  add({ compared, difference, isLate }: Trial): void {
    this.played++;
    this.operations += compared;
    if (difference) this.different++;
    if (isLate) this.late++;
  }

  get isWell(): boolean {
    return this.played > 0 && this.different === 0 && this.late <= this.played * lateShareMax;
  }

  text(seconds: number): string {
    const slow = this.late === 0 ? '' : `, ${this.late} were too slow to be compared to their end`;
    return `${this.played} sequences: ${this.operations} operations in ${seconds.toFixed(1)} s, ${this.different} differ${slow}`;
  }
}

const lateShareMax = 0.1;
