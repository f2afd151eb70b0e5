// A login is shown to nobody but the brokers: over a connection in the clear it is refused before anything is sent, but for
// brokers of this machine, whose connections nobody else sees.

import { ProcessorError } from '../../errors/processor-error.js';
import { brokersOf, isLoopback } from './broker-list.js';
import type { ClientSettings } from './settings.js';

/** Throws `PRC_LOGIN_IN_THE_CLEAR`, or `PRC_SETTING_INVALID` for a login that would never be used. */
export function checkLogin(brokers: string, settings: ClientSettings): void {
  const protocol = String(settings['security.protocol'] ?? 'PLAINTEXT').toUpperCase();
  const given = ['sasl.mechanisms', 'sasl.mechanism', 'sasl.username', 'sasl.password'].find(
    (name) => name in settings,
  );
  if (given !== undefined && !protocol.startsWith('SASL_'))
    throw new ProcessorError('PRC_SETTING_INVALID', {
      reason: `${given} is given, and nobody would log in: security.protocol (KAFKA_SECURITY_PROTOCOL) is ${protocol}, not SASL_SSL`,
    });
  if (protocol.startsWith('SASL_') && !('sasl.mechanism' in settings || 'sasl.mechanisms' in settings))
    throw new ProcessorError('PRC_SETTING_INVALID', {
      reason: `security.protocol is ${protocol}, and sasl.mechanism (KAFKA_SASL_MECHANISM) does not say how to log in`,
    });
  const trust = [
    'ssl.ca.location',
    'ssl.ca.pem',
    'ssl.certificate.location',
    'ssl.certificate.pem',
    'ssl.keystore.location',
  ].find((name) => name in settings);
  const mayUseTls = protocol.endsWith('SSL') || brokersOf(brokers).some(({ protocol: own }) => own?.endsWith('SSL'));
  if (trust !== undefined && !mayUseTls)
    throw new ProcessorError('PRC_SETTING_INVALID', {
      reason: `${trust} is given, and nothing would be encrypted: security.protocol (KAFKA_SECURITY_PROTOCOL) is ${protocol}, not SSL or SASL_SSL`,
    });
  const mechanism = mechanismOf(settings);
  // Kerberos proves who one is without showing anything.
  if (mechanism === 'GSSAPI') return;
  for (const { protocol: own, host } of brokersOf(brokers)) {
    if ((own ?? protocol) === 'SASL_PLAINTEXT' && !isLoopback(host))
      throw new ProcessorError('PRC_LOGIN_IN_THE_CLEAR', { mechanism, broker: host });
  }
  // Whoever gives out tokens is sent the client's secret.
  const host = /^http:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/i.exec(
    String(settings['sasl.oauthbearer.token.endpoint.url'] ?? ''),
  )?.[1];
  if (host !== undefined && !isLoopback(host.replace(/^\[|\]$/g, '')))
    throw new ProcessorError('PRC_LOGIN_IN_THE_CLEAR', { mechanism, broker: host });
}

/** How one logs in, in the client's own default where nothing is said. Of two names of one setting the client takes the last. */
export function mechanismOf(settings: ClientSettings): string {
  const given = Object.entries(settings).findLast(([name]) => name === 'sasl.mechanisms' || name === 'sasl.mechanism');
  return String(given?.[1] ?? 'GSSAPI').toUpperCase();
}

/** The setting by which anybody on the way could be the broker, and get the password; undefined where none does that. */
export function uncheckedBy(settings: ClientSettings): string | undefined {
  const verification = 'enable.ssl.certificate.verification';
  if (['false', 'f', '0'].includes(asTheClientReadsIt(settings[verification]))) return verification;
  const identification = 'ssl.endpoint.identification.algorithm';
  return asTheClientReadsIt(settings[identification]) === 'none' ? identification : undefined;
}

function asTheClientReadsIt(value: ClientSettings[string] | undefined): string {
  return String(value).trim().toLowerCase();
}
