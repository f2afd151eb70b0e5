// Which templates there are, and what their processors are called. Their files are in templates/ of the package. Apart, because
// the help of `init` needs this and nothing else.

export const templateNames = ['minimal', 'two-outputs', 'avro'] as const;
export type TemplateName = (typeof templateNames)[number];

/** The name of a template's processor, wherever it stands in the template's files. */
export const ownNames: Readonly<Record<TemplateName, string>> = {
  minimal: 'count-words',
  'two-outputs': 'split-orders',
  avro: 'convert-readings',
};
