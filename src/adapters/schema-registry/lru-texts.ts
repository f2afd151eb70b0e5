// The texts of the schemas that were used last, as many as fit into a number of characters.

export class LruTexts {
  readonly #charsMax: number;
  /** Least recently used first. */
  readonly #texts = new Map<number, string>();
  #chars = 0;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  get(id: number): string | undefined {
    const text = this.#texts.get(id);
    if (text !== undefined) {
      this.#texts.delete(id);
      this.#texts.set(id, text);
    }
    return text;
  }

  set(id: number, text: string): void {
    this.#delete(id);
    this.#texts.set(id, text);
    this.#chars += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#chars <= this.#charsMax) return;
      this.#delete(oldest);
    }
  }

  #delete(id: number): void {
    this.#chars -= this.#texts.get(id)?.length ?? 0;
    this.#texts.delete(id);
  }
}
