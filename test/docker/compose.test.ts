// docker/compose.yaml: whether it is whole in itself, and whether what it says of other files, and of our own command line, holds.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kafkaVersion } from '../../src/embedded/kafka/jars.js';
import { apicurioVersion } from '../support/apicurio.js';
import { knownVariables, refusedArguments } from '../support/command-line.js';
import { dockerFolder, readYaml } from '../support/docker-files.js';

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

interface Service {
  readonly image?: string;
  readonly build?: {
    readonly context: string;
    readonly dockerfile: string;
    readonly args: Readonly<Record<string, string>>;
  };
  readonly profiles: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>> | readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
}

const [compose] = readYaml('compose.yaml') as [Compose];
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const others = services.filter(([, { build }]) => build === undefined);
const serviceOf = (name: string): Service => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};

describe('the services', () => {
  test('are those of the two profiles', () => {
    const of = (profile: string) =>
      services.filter(([, { profiles }]) => profiles.includes(profile)).map(([name]) => name);
    expect(of('core').sort()).toEqual(['kafka', 'postgres', 'processor', 'registry', 'topics']);
    expect(of('obs').sort()).toEqual(['grafana', 'prometheus']);
    expect(services).toHaveLength(7);
  });

  test.for(others)('%s: its image is named to its last number', ([, { image = '' }]) => {
    expect(image).toMatch(/^[a-z]+(\/[a-z-]+)?:v?\d+\.\d+(\.\d+)?(-bookworm|\.Final)?$/);
  });

  test('Kafka and the registry are those that the other tests run', () => {
    expect(serviceOf('kafka').image).toBe(`apache/kafka:${kafkaVersion}`);
    expect(serviceOf('registry').image).toBe(`apicurio/apicurio-registry-mem:${apicurioVersion}`);
  });

  test.for(services)('%s waits for what is in its profile, and says how it does', ([, { depends_on, profiles }]) => {
    for (const [name, condition] of dependencies(depends_on)) {
      const other = serviceOf(name);
      for (const profile of profiles) expect(other.profiles).toContain(profile);
      // Our own says it in the image.
      const isAsked = (other.healthcheck?.test ?? (other.build && !other.healthcheck?.disable)) !== undefined;
      if (condition === 'service_healthy') expect(isAsked).toBe(true);
    }
  });

  test.for(services)('%s is reached from this machine only', ([, { ports = [] }]) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.for(services)('%s: its volumes are declared, its files are there', ([, { volumes = [] }]) => {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) expect(existsSync(join(dockerFolder, source))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });
});

describe('the processors', () => {
  test.for(ours)('%s is built from the folder that docker/ stands in', ([, { build }]) => {
    const context = resolve(dockerFolder, build?.context ?? '');
    expect(context).toBe(resolve(dockerFolder, '..'));
    expect(existsSync(join(context, build?.dockerfile ?? ''))).toBe(true);
  });

  test.for(ours)('%s may do as little as possible', ([, service]) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.mem_limit).toBeDefined();
    // Nothing is written, so there is nothing to write to.
    expect(service).not.toHaveProperty('tmpfs');
    expect(service).not.toHaveProperty('volumes');
  });

  test.for(ours)('%s: the command line knows its arguments and variables', ([, { command = [], environment = {} }]) => {
    expect(refusedArguments(command)).toEqual([]);
    const known = [...knownVariables(), 'NODE_OPTIONS', 'DATABASE_URL'];
    for (const variable of Object.keys(environment)) expect(known).toContain(variable);
  });

  test('have the time to stop that they need', () => {
    expect(Number.parseInt(serviceOf('processor').stop_grace_period ?? '', 10)).toBeGreaterThanOrEqual(15);
  });

  test('find the others by the names and ports that these have', () => {
    const { environment = {} } = serviceOf('processor');
    const [kafka, kafkaPort] = `${environment['KAFKA_BROKERS']}`.split(':');
    const { environment: broker = {} } = serviceOf(kafka as string);
    expect(broker['KAFKA_ADVERTISED_LISTENERS']).toContain(`://${kafka}:${kafkaPort}`);
    expect(broker['KAFKA_LISTENERS']).toContain(`://:${kafkaPort}`);
    const registry = new URL(`${environment['SCHEMA_REGISTRY_URL']}`);
    expect(serviceOf(registry.hostname).ports?.[0]).toMatch(new RegExp(`:${registry.port}$`));
    const database = new URL(`${environment['DATABASE_URL']}`.replace(/\$\{.*?\}/, 'password'));
    expect(serviceOf(database.hostname).environment).toMatchObject({
      POSTGRES_USER: database.username,
      POSTGRES_DB: database.pathname.slice(1),
    });
  });
});

describe('the broker', () => {
  const { environment = {}, ports = [] } = serviceOf('kafka');
  const list = (name: string): readonly string[] => `${environment[name]}`.split(',');
  const namesOf = (name: string): readonly string[] => list(name).map((one) => one.split(':')[0] as string);

  test('opens what it says of itself', () => {
    expect([...namesOf('KAFKA_LISTENER_SECURITY_PROTOCOL_MAP')].sort()).toEqual([...namesOf('KAFKA_LISTENERS')].sort());
    for (const name of namesOf('KAFKA_ADVERTISED_LISTENERS')) expect(namesOf('KAFKA_LISTENERS')).toContain(name);
    expect(namesOf('KAFKA_LISTENERS')).toContain(environment['KAFKA_CONTROLLER_LISTENER_NAMES']);
    expect(namesOf('KAFKA_LISTENERS')).toContain(environment['KAFKA_INTER_BROKER_LISTENER_NAME']);
    const [, controller] = `${environment['KAFKA_CONTROLLER_QUORUM_VOTERS']}`.split('@kafka:');
    expect(list('KAFKA_LISTENERS')).toContain(`CONTROLLER://:${controller}`);
  });

  test('tells this machine an address that leads to it', () => {
    const [, outside] = /OUTSIDE:\/\/localhost:(\d+)/.exec(`${environment['KAFKA_ADVERTISED_LISTENERS']}`) ?? [];
    expect(list('KAFKA_LISTENERS')).toContain(`OUTSIDE://:${outside}`);
    expect(ports).toEqual([`127.0.0.1:${outside}:${outside}`]);
  });
});

function dependencies(of: Service['depends_on'] = []): readonly (readonly [name: string, condition: string])[] {
  if (Array.isArray(of)) return of.map((name) => [name as string, 'service_started'] as const);
  return Object.entries(of as Readonly<Record<string, { readonly condition: string }>>).map(
    ([name, { condition }]) => [name, condition] as const,
  );
}
