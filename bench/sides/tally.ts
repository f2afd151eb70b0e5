// What a side in JavaScript says of itself, as all sides do: a line when the first record is in hand, and one at its end.

export class Tally {
  #hasBegun = false;
  #transactions = 0;

  /** There is a record in hand; only the first call counts. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    process.stdout.write('{"began":true}\n');
  }

  committed(): void {
    this.#transactions++;
  }

  end(): void {
    process.stdout.write(`${JSON.stringify({ transactions: this.#transactions })}\n`);
  }
}
