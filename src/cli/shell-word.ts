// Commands that we print are copied into a shell: what stands in them must mean itself there.

export function word(text: string): string {
  return /^[\w./:,=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
