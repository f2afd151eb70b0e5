// Makes the compiler say a sentence: a type that no value has, which stands in a union where the compiler prints it.

declare const sentence: unique symbol;

export interface SentenceError<Sentence extends string> {
  readonly [sentence]: Sentence;
}
