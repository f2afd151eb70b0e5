// A broker with every kind of door: in the clear, by TLS with a good certificate, with one for another host and with one whose
// time is over, and by SASL over either. Whoever comes in the clear or by TLS alone may do everything.

import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import type { Properties } from '../../src/embedded/kafka/server-properties.js';
import { Authority, type Certificate } from './certificates.js';
import { testBrokerProperties } from './kafka.js';
import { createScramUser } from './scram.js';

export interface SecureKafka {
  readonly broker: EmbeddedKafka;
  /** Whoever trusts it, trusts the broker. */
  readonly authority: Authority;
  stop(): Promise<void>;
}

export interface Users {
  readonly [name: string]: string;
}

/** @param users with their passwords: each by PLAIN and SCRAM */
export async function startSecureKafka(users: Users, properties: Properties = {}): Promise<SecureKafka> {
  const authority = await Authority.create('authority of the tests');
  const host = { alternativeName: 'IP:127.0.0.1' };
  const good = await authority.issue({ name: 'broker', ...host });
  const elsewhere = await authority.issue({ name: 'broker', alternativeName: 'DNS:kafka.elsewhere.test' });
  const expired = await authority.issue({ name: 'broker', ...host, days: 0 });
  const broker = await startEmbeddedKafka({
    name: 'kafka-secure',
    listeners: {
      TLS: 'SSL',
      ELSEWHERE: 'SSL',
      EXPIRED: 'SSL',
      MUTUAL: 'SSL',
      SASL_TLS: 'SASL_SSL',
      SASL_CLEAR: 'SASL_PLAINTEXT',
    },
    properties: {
      ...testBrokerProperties,
      ...tls('tls', good, authority),
      ...tls('elsewhere', elsewhere, authority),
      ...tls('expired', expired, authority),
      ...tls('mutual', good, authority),
      'listener.name.mutual.ssl.client.auth': 'required',
      ...tls('sasl_tls', good, authority),
      ...sasl('sasl_tls', users),
      ...sasl('sasl_clear', users),
      ...properties,
    },
  });
  for (const [name, password] of Object.entries(users)) await createScramUser(broker.brokers, name, password);
  return {
    broker,
    authority,
    async stop() {
      await broker.stop();
      await authority.remove();
    },
  };
}

function tls(listener: string, { keyStore }: Certificate, authority: Authority): Properties {
  const prefix = `listener.name.${listener}.ssl`;
  return {
    [`${prefix}.keystore.type`]: 'PEM',
    [`${prefix}.keystore.location`]: keyStore,
    [`${prefix}.truststore.type`]: 'PEM',
    [`${prefix}.truststore.location`]: authority.certificate,
  };
}

function sasl(listener: string, users: Users): Properties {
  const prefix = `listener.name.${listener}`;
  const plain = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`);
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${prefix}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required${plain.join('')};`,
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: scramModule,
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: scramModule,
  };
}

const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
