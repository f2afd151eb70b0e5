// Why no broker could be reached. The client says it in its log, among much else, and goes on trying what can never succeed:
// here it is heard, told apart (a broker that does not answer, TLS that fails, a login that is refused), and made an error.

import { ProcessorError } from '../../errors/processor-error.js';
import { KafkaError } from '../../ports/kafka.js';
import { brokersOf } from './broker-list.js';
import { mechanismOf } from './login.js';
import type { ClientSettings } from './settings.js';
import { printable, whyNotTrusted } from './tls-diagnosis.js';

/** What the client says while it looks for a broker. */
export class Complaints {
  /** By broker: that one asks for something else than we have, and will go on doing so. */
  readonly #refusals = new Map<string, Refusal>();
  /** Why the last connection failed. */
  #last = '';

  /** A line of the client's log, or as the facility ERROR one of its errors, which say less ("all brokers are down"). */
  hear(facility: string, message: string): void {
    if (facility === 'ERROR' && this.#last === '') this.#last = message;
    const failure = facility === 'FAIL' ? failureIn(message) : undefined;
    if (failure === undefined) return;
    this.#last = `${failure.broker}: ${failure.text}${hint(failure)}`;
    const refusal = refusalIn(failure);
    if (refusal !== undefined) this.#refusals.set(failure.broker, refusal);
  }

  /** Whether every broker of the list has refused us: then there is nothing to wait for. */
  isHopeless(brokers: string): boolean {
    return this.#refusals.size >= brokersOf(brokers).length;
  }

  /** What to tell the user when no broker answered for `seconds`. */
  async error(brokers: string, seconds: number, settings: ClientSettings, cause: unknown): Promise<ProcessorError> {
    const [refusal] = this.#refusals.values();
    if (refusal === undefined) {
      const reason = this.#last === '' ? (cause as Error).message : this.#last;
      return new ProcessorError('PRC_BROKER_UNREACHABLE', { brokers, seconds, reason }, { cause });
    }
    const { kind, broker, text } = refusal;
    if (kind === 'login') {
      const who = `${settings['sasl.username'] ?? 'the login'} (${mechanismOf(settings)})`;
      const said = new KafkaError('_AUTHENTICATION', text);
      return new ProcessorError('PRC_LOGIN_REFUSED', { broker, who, reason: text }, { cause: said });
    }
    const said = new KafkaError('_SSL', text);
    const { reason, toDo } =
      kind === 'our-certificate' ? wantsCertificate : await whyNotTrusted(broker, settings, text);
    return new ProcessorError('PRC_TLS_REFUSED', { broker, reason }, { cause: said, ...(toDo ? { hint: toDo } : {}) });
  }
}

interface Failure {
  /** `host:port` */
  readonly broker: string;
  readonly text: string;
  /** Of the connection, in the client's words. */
  readonly state: string;
}

interface Refusal extends Failure {
  readonly kind: 'certificate' | 'our-certificate' | 'login';
}

/** `[thrd:ssl://b:9093/bootstrap]: ssl://b:9093/bootstrap: SSL handshake failed: … (after 9ms in state SSL_HANDSHAKE)` */
function failureIn(message: string): Failure | undefined {
  const [, broker, text, state] =
    /^(?:\[thrd:[^\]]*\]: )?(?:GroupCoordinator: )?(?:\w+:\/\/)?(.+?:\d+)(?:\/\w+)?: (.+?)(?: \(after \d+ms in state (\w+).*\))?$/.exec(
      message,
    ) ?? [];
  return broker === undefined || text === undefined ? undefined : { broker, text: printable(text), state: state ?? '' };
}

function refusalIn(failure: Failure): Refusal | undefined {
  const { text } = failure;
  if (text.startsWith('SASL ')) {
    // A connection that breaks off says nothing about us: the broker may be starting, or going.
    if (/transport failure|timed out|disconnected/i.test(text)) return undefined;
    return { ...failure, kind: 'login', text: text.replace(/^SASL authentication error: /, '') };
  }
  // By TLS 1.3 the broker says so after the handshake.
  if (/SSL alert number/.test(text)) return { ...failure, kind: 'our-certificate' };
  if (/^SSL handshake failed: (?!Disconnected)|certificate verify failed/.test(text))
    return { ...failure, kind: 'certificate' };
  return undefined;
}

const wantsCertificate = {
  reason: 'it takes connections of clients with a certificate only, and this one has none that it trusts',
  toDo: 'Give the certificate and its key: -X ssl.certificate.location=… -X ssl.key.location=… (settings of start()), and KAFKA_SSL_KEY_PASSWORD if the key is encrypted.',
};

/** A broker that hangs up before it said a word is often one that expects us to begin otherwise. */
function hint({ text, state }: Failure): string {
  if (!text.startsWith('Disconnected') || !/^(APIVERSION_QUERY|UP)$/.test(state)) return '';
  return ' (does it expect TLS or a login? KAFKA_SECURITY_PROTOCOL says what it gets)';
}
