// Whether the client takes its settings at all, asked before anything connects: later, a mistyped property shows as a
// failure of whichever call comes first, some of them without a reason.

import { ProcessorError } from '../../errors/processor-error.js';
import { call } from './kafka-error.js';
import { checkLogin } from './login.js';
import { checkNamedFiles } from './named-files.js';
import { rawModule } from './raw-client.js';
import { adminConfig, type ClientSettings, checkSettings, consumerConfig, producerConfig } from './settings.js';

/** Throws `PRC_SETTING_REFUSED`, `PRC_SETTING_INVALID` or `PRC_LOGIN_IN_THE_CLEAR`. Connects to nothing. */
export async function probeSettings(brokers: string, settings: ClientSettings): Promise<void> {
  checkSettings(settings);
  checkLogin(brokers, settings);
  checkNamedFiles(settings);
  const { Producer, KafkaConsumer, AdminClient } = rawModule();
  const given = { ...settings, 'bootstrap.servers': brokers };
  try {
    // These read every property and open nothing.
    void new Producer(producerConfig(given, 'probe'));
    void new KafkaConsumer(consumerConfig(given, 'probe', 'probe'), {});
  } catch (cause) {
    throw new ProcessorError('PRC_SETTING_INVALID', { reason: (cause as Error).message }, { cause });
  }
  try {
    AdminClient.create(adminConfig(given, 'probe')).disconnect();
  } catch {
    // What properties name together (a file of certificates, a mechanism) is looked at here; only a producer says why.
    throw new ProcessorError('PRC_SETTING_INVALID', { reason: await whyNot(given) });
  }
}

async function whyNot(settings: ClientSettings): Promise<string> {
  const raw = new (rawModule().Producer)(producerConfig(settings, 'probe'));
  raw.on('event.error', () => {});
  try {
    await call<unknown>('connect', (callback) => raw.connect({ allTopics: false, timeout: 1000 }, callback));
    await new Promise<void>((resolve) => raw.disconnect(0, () => resolve()));
    return 'the client cannot be made with them';
  } catch (error) {
    return (error as Error).message.replace(/^connect: /, '');
  }
}
