// Why a broker's certificate is not trusted. The client has one sentence for all reasons, so when it has given up, this shakes
// hands once more by Node's own TLS, sends nothing, and looks at what the broker shows.

import { readFileSync } from 'node:fs';
import { connect, type PeerCertificate } from 'node:tls';
import type { ClientSettings } from './settings.js';

export interface Diagnosis {
  readonly reason: string;
  /** Undefined where the general advice is all there is. */
  readonly toDo?: string;
}

const timeoutMs = 3000;

/**
 * @param broker `host:port`
 * @param said the client's own words, for reasons that are none of the certificate's
 */
export async function whyNotTrusted(broker: string, settings: ClientSettings, said: string): Promise<Diagnosis> {
  const shown = await shownBy(broker, trusted(settings));
  if (shown === undefined) return { reason: said };
  const { certificate, error } = shown;
  switch (error) {
    case 'CERT_HAS_EXPIRED':
      return {
        reason: `its certificate has expired (it was valid until ${certificate.valid_to})`,
        toDo: 'Have the certificate of the broker renewed. If it is not that old, look at the clock of this machine.',
      };
    case 'CERT_NOT_YET_VALID':
      return {
        reason: `its certificate is not valid yet (only from ${certificate.valid_from})`,
        toDo: 'Look at the clock of this machine, and at that of whoever issued the certificate.',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = certificate.subjectaltname ?? `CN=${String(certificate.subject.CN)}`;
      return {
        reason: `its certificate is for ${printable(names)}, not for this host name`,
        toDo: 'Use a name that is in the certificate (-b, KAFKA_BROKERS, the advertised listeners of the brokers), or have it issued for this one, too.',
      };
    }
    case undefined:
      return { reason: said };
    default:
      return {
        reason: `its certificate was issued by '${printable(String(certificate.issuer.CN ?? 'somebody'))}', who is not trusted here (${error})`,
        toDo: 'Set KAFKA_SSL_CA_LOCATION (ssl.ca.location in settings of start()) to the PEM file of the authority that issued the certificates of the brokers.',
      };
  }
}

interface Shown {
  readonly certificate: PeerCertificate;
  /** OpenSSL's or Node's name for what is wrong; undefined if nothing is. */
  readonly error: string | undefined;
}

/** Undefined where the handshake itself fails. */
function shownBy(broker: string, ca: string | undefined): Promise<Shown | undefined> {
  const { hostname, port } = new URL(`tls://${broker}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    // Nothing is sent over it: it is only looked at.
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...(ca ? { ca } : {}) }, () => {
      // An `Error` by its type, a code in fact.
      const error = socket.authorizationError as unknown as string | Error | null | undefined;
      resolve({
        certificate: socket.getPeerCertificate(),
        error: error instanceof Error ? codeOf(error) : (error ?? undefined),
      });
      socket.destroy();
    });
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(undefined));
  });
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

/** The authorities that the client trusts; undefined: those of the machine, or a folder of them. */
function trusted(settings: ClientSettings): string | undefined {
  const pem = settings['ssl.ca.pem'];
  if (pem !== undefined) return String(pem);
  const location = settings['ssl.ca.location'];
  if (location === undefined) return undefined;
  try {
    return readFileSync(String(location), 'utf8');
  } catch {
    // The client has read it in its own way.
    return undefined;
  }
}

/** What others wrote, without what a terminal would obey. */
export function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, 300);
}
