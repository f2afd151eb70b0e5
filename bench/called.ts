// The client's callbacks as promises, for programs that use it raw.

export function called<T>(start: (callback: (error: unknown, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(asError(error)) : resolve(value))));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String((error as { readonly message?: unknown }).message ?? error));
}
