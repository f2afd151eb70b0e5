// What cannot be done as it was asked for: one sentence, and one that says what can. The launcher prints them without a stack.

export class Refused extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
