// What an author's handler may give back instead of nothing: anything that can be awaited, of whatever library it is.

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
