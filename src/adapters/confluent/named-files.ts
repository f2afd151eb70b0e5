// Files that the settings name. The client says of one that it cannot read what its TLS library says, which names neither.

import { accessSync, constants } from 'node:fs';
import { ProcessorError } from '../../errors/processor-error.js';
import type { ClientSettings } from './settings.js';

/** Throws `PRC_SETTING_INVALID` for the first file that cannot be read. */
export function checkNamedFiles(settings: ClientSettings): void {
  for (const name of named) {
    const path = settings[name];
    if (typeof path !== 'string' || path === 'probe') continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      const variable = name === 'ssl.ca.location' ? ' (KAFKA_SSL_CA_LOCATION)' : '';
      const reason = `${name}${variable} names ${path}, which cannot be read: ${(cause as Error).message}`;
      throw new ProcessorError('PRC_SETTING_INVALID', { reason }, { cause });
    }
  }
}

/** `probe` lets the client look for the system's certificates itself. */
const named: readonly string[] = [
  'ssl.ca.location',
  'ssl.certificate.location',
  'ssl.key.location',
  'ssl.keystore.location',
  'ssl.crl.location',
  'https.ca.location',
  'sasl.oauthbearer.assertion.private.key.file',
  'sasl.oauthbearer.assertion.jwt.template.file',
];
